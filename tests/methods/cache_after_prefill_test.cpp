#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/methods/support/naive_cache.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

struct SmallCache {
  const char *method, *params;
};

// What the methods drop from the cache is seen by no generated token, KV head by KV head.
// (StreamingLLM drops more before the first step: streamingllm_test.cpp.)
TEST(CacheAfterPrefill, AGeneratedTokenSeesWhatWasKeptAndNothingElse) {
  const std::array kMethods = {
      SmallCache{"full", "{}"},
      SmallCache{"snapkv", R"({"keep": 9, "window": 4})"},
      SmallCache{"snapkv", R"({"keep": 9, "window": 4, "gqa": "kv"})"},
      SmallCache{"pyramidkv", R"({"keep": 12, "window": 4, "beta": 4})"},
      SmallCache{"h2o", R"({"keep": 9})"},
      SmallCache{"spts+snapkv", R"({"full_layers": 2, "stage_ends": [3, 5], "budgets": [40, 30],
                                    "ltp": false, "then": {"keep": 9, "window": 4}})"},
      SmallCache{"spts+h2o", R"({"full_layers": 2, "stage_ends": [3, 5], "budgets": [40, 30],
                                 "ltp": false, "then": {"keep": 9}})"},
      SmallCache{"sliminfer+snapkv", R"({"prune_layers": [2], "keep": [40], "block": 4, "unit": 2,
                                         "then": {"keep": 9, "window": 4}})"},
      SmallCache{"fastkv", R"({"tsp_layer": 3, "tsp_keep": 30, "kv_keep": 10})"}};
  for (const TinyShape& shape : tiny_shapes()) {
    const Model model = tiny_model(shape);
    Decoder decoder(model);
    const Prompt prompt = tiny_prompt(60);
    for (const SmallCache& cache : kMethods) {
      const auto method = ready_method(cache.method, Json::parse(cache.params), decoder);
      Sequence sequence = decoder.prefill(prompt, *method, {.record_positions = true});
      const Outcome outcome = outcome_of(sequence);
      decoder.extend(sequence, std::vector<int32_t>{7});
      const at::Tensor expected = naive_next_logits(model, prompt, 7, outcome);
      const at::Tensor error = (sequence.logits.to(at::kDouble) - expected).abs().max();
      EXPECT_LE(error.item<double>(), 1e-4) << shape.name << " " << cache.method;
    }
  }
}

}  // namespace
}  // namespace skipbench::test
