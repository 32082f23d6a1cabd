#include "methods/streamingllm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/methods/support/naive_cache.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

Positions naive_kept(int64_t n, const Json& p) {
  const int64_t keep = naive_tokens(p.at("keep"), n), sinks = p.at("sinks");
  Positions kept;
  for (int64_t i = 0; i < n; ++i) {
    // A recent token has fewer than keep - sinks others behind it; the last one always stays.
    if (i < sinks || n - 1 - i < keep - sinks || i == n - 1) kept.push_back(i);
  }
  return kept;
}

Outcome naive_streamingllm(const Model& model, const Prompt& prompt, const Json& p) {
  return naive_full_with_cache(model, prompt, [&](const NaiveLayer&, int64_t) {
    return std::vector<Positions>{naive_kept(prompt.length(), p)};
  });
}

TEST(StreamingLlm, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes())
    expect_equals("streamingllm", naive_streamingllm, shape, R"({"keep": 20})", 67);
}

TEST(StreamingLlm, EqualsTheReferenceAtEveryLengthAndBudget) {
  for (const int64_t length : {1, 2, 5, 6, 50}) {
    for (const char* params :
         {R"({"keep": 0.4})", R"({"keep": 1})", R"({"keep": 5})", R"({"keep": 12, "sinks": 0})",
          R"({"keep": 12, "sinks": 30})", R"({"keep": 0.999, "sinks": 1})"}) {
      expect_equals("streamingllm", naive_streamingllm, tiny_llama(), params, length);
    }
  }
}

TEST(StreamingLlm, KeepsSinksAndTheRecentAndWhatIsGeneratedAfterwards) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method("streamingllm", Json::parse(R"({"keep": 7})"), decoder);
  Sequence sequence = decoder.prefill(tiny_prompt(30), *method, {.record_positions = true});
  EXPECT_EQ(outcome_of(sequence).layers[3].cached, (Positions{0, 1, 2, 3, 27, 28, 29}));
  decoder.extend(sequence, std::vector<int32_t>{5, 6});
  EXPECT_EQ(sequence.cache.lengths(), std::vector<int64_t>(8, 9));
}

}  // namespace
}  // namespace skipbench::test
