#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/methods/support/naive_cache.h"
#include "tests/methods/support/naive_reply.h"
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

TEST(StreamingLlm, WhileDecodingTheWindowMovesOnAndTheCacheStaysFull) {
  struct Case {
    const char* params;
    int64_t length, rows;
  };
  uint64_t seed = 0;  // every setting meets a prompt of its own
  for (const Case& run :
       {Case{R"({"keep": 7})", 30, 7}, Case{R"({"keep": 0.4, "sinks": 0})", 30, 12},
        Case{R"({"keep": 1})", 30, 5}, Case{R"({"keep": 35})", 30, 35},
        Case{R"({"keep": 7, "positions": "original"})", 30, 7}, Case{R"({"keep": 7})", 2, 7}}) {
    SCOPED_TRACE(run.params);
    const Model model = tiny_model(tiny_llama());
    Decoder decoder(model);
    const Json params = resolved("streamingllm", Json::parse(run.params));
    const auto method = ready_method("streamingllm", params, decoder);
    const Prompt prompt = tiny_prompt(run.length, ++seed);
    Sequence sequence = decoder.prefill(prompt, *method);
    const int64_t sinks = params.at("sinks");
    NaiveReply reference(
        model, naive_full_inputs(model, prompt),
        [&](const NaiveLayer&, int64_t, int64_t position) {
          Positions seen;
          for (int64_t i = 0; i <= position; ++i) {
            if (i < sinks || i > position - (run.rows - sinks)) seen.push_back(i);
          }
          return std::vector<Positions>{seen};
        },
        /*side_by_side=*/params.at("positions") == "cache");
    expect_same_reply(decoder, sequence, 24, [&](int32_t token) { return reference.feed(token); });
    EXPECT_EQ(sequence.cache.lengths(), std::vector<int64_t>(8, run.rows));
  }
}

// As kvpress and KVCache-Factory have it, and with the sinks right before the window.
TEST(StreamingLlm, WithoutEvictionTheCacheGrows) {
  for (const char* positions : {"original", "cache"}) {
    const Model model = tiny_model(tiny_llama());
    Decoder decoder(model);
    const auto method = ready_method(
        "streamingllm", {{"keep", 9}, {"positions", positions}, {"evict", false}}, decoder);
    const Prompt prompt = tiny_prompt(30);
    Sequence sequence = decoder.prefill(prompt, *method);
    NaiveReply reference(
        model, naive_full_inputs(model, prompt),
        [&](const NaiveLayer&, int64_t, int64_t position) {
          Positions seen = {0, 1, 2, 3};
          for (int64_t i = 25; i <= position; ++i) seen.push_back(i);
          return std::vector<Positions>{seen};
        },
        /*side_by_side=*/std::string_view(positions) == "cache");
    expect_same_reply(decoder, sequence, 10, [&](int32_t token) { return reference.feed(token); });
    EXPECT_EQ(sequence.cache.lengths(), std::vector<int64_t>(8, 19)) << positions;
  }
}

TEST(StreamingLlm, RewindsToTheEndOfThePrompt) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method("streamingllm", Json::parse(R"({"keep": 12})"), decoder);
  Sequence sequence = decoder.prefill(tiny_prompt(30), *method);
  expect_rewinds(decoder, sequence, 20);
}

TEST(StreamingLlm, DecodesLikeFullAttentionWithoutALimit) {
  expect_full_when_everything_is_selected("streamingllm", Json::parse(R"({"keep": 12})"));
}

}  // namespace
}  // namespace skipbench::test
