#include "methods/h2o.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/methods/support/naive_cache.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

Outcome naive_h2o(const Model& model, const Prompt& prompt, const Json& p) {
  const int64_t n = prompt.length(), keep = std::max<int64_t>(1, naive_tokens(p.at("keep"), n));
  const int64_t recent = std::max<int64_t>(1, naive_tokens(p.at("recent"), n));
  const Positions all = all_positions(n);
  return naive_full_with_cache(model, prompt, [&](const NaiveLayer& layer, int64_t) {
    return naive_top_and_recent(
        naive_group_sums(naive_attention_sums(layer, all, all), model.config.kv_heads), all,
        std::max(keep, recent), recent);
  });
}

TEST(H2o, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("h2o", naive_h2o, shape, R"({"keep": 0.4})", 67);
    expect_equals("h2o", naive_h2o, shape, R"({"keep": 20, "recent": 11})", 67);
  }
}

TEST(H2o, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 2, 8, 9, 31, 90}) {
    for (const char* params : {R"({"keep": 0.2})", R"({"keep": 1, "recent": 1})",
                               R"({"keep": 5, "recent": 8})", R"({"keep": 0.9, "recent": 0.9})"}) {
      expect_equals("h2o", naive_h2o, tiny_llama(), params, length);
    }
  }
}

TEST(H2o, EqualsTheReferenceOverSeveralChunksOfQueries) {
  expect_equals("h2o", naive_h2o, tiny_llama(), R"({"keep": 0.2})", 600);
}

TEST(H2o, CountsAllCausalPairsAsProbeWork) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method("h2o", Json::parse(R"({"keep": 0.2})"), decoder);
  const Sequence sequence = decoder.prefill(tiny_prompt(40), *method);
  const int64_t pairs = 40 * 41 / 2, heads = 6, size = 8, layers = 8;
  EXPECT_EQ(sequence.work.flops(WorkKind::kProbe), 2 * pairs * heads * size * layers);
}

}  // namespace
}  // namespace skipbench::test
