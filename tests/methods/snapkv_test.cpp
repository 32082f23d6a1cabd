#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/methods/support/naive_cache.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

Outcome naive_snapkv(const Model& model, const Prompt& prompt, const Json& p) {
  const Positions all = all_positions(prompt.length());
  const int64_t window = p.at("window"), count = naive_tokens(p.at("keep"), prompt.length());
  return naive_full_with_cache(model, prompt, [&](const NaiveLayer& layer, int64_t) {
    return naive_top_and_recent(naive_window_scores(layer, all, all, p, model.config.kv_heads), all,
                                count, window);
  });
}

TEST(SnapKv, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("snapkv", naive_snapkv, shape, R"({"keep": 0.4, "window": 8})", 67);
    expect_equals("snapkv", naive_snapkv, shape,
                  R"({"keep": 20, "window": 5, "pool": 7, "pooling": "max"})", 67);
    for (const char* gqa : {"kv", "kv_before_pool"}) {
      expect_equals(
          "snapkv", naive_snapkv, shape,
          Json{{"keep", 20}, {"window", 5}, {"pool", 7}, {"pooling", "max"}, {"gqa", gqa}}.dump(),
          67);
    }
  }
}

TEST(SnapKv, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 2, 8, 9, 10, 31, 90}) {
    expect_equals("snapkv", naive_snapkv, tiny_llama(), R"({"keep": 0.5, "window": 8})", length);
    expect_equals("snapkv", naive_snapkv, tiny_llama(),
                  R"({"keep": 9, "window": 8, "pooling": "max"})", length);
  }
}

TEST(SnapKv, EqualsTheReferenceWithoutPoolingAndWithOneQuery) {
  expect_equals("snapkv", naive_snapkv, tiny_llama(), R"({"keep": 11, "window": 1, "pool": 1})",
                40);
  expect_equals("snapkv", naive_snapkv, tiny_llama(), R"({"keep": 11, "window": 2, "pool": 99})",
                40);
}

TEST(SnapKv, KeepsTheWindowEvenWhenTheBudgetIsSmaller) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Json given = Json::parse(R"({"keep": 1, "window": 4, "gqa": "kv"})");
  for (const LayerOutcome& layer : run_method("snapkv", given, decoder, tiny_prompt(30)).layers) {
    EXPECT_EQ(layer.cached_heads, std::vector(2, Positions{26, 27, 28, 29}));
  }
}

// 6 query heads share 2 KV heads: 6 lists, or 2.
TEST(SnapKv, QueryHeadsKeepRowsOfTheirOwnOrThoseOfAKvHeadShareThem) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  for (const auto& [gqa, lists] : {std::pair("query", size_t{6}), std::pair("kv", size_t{2})}) {
    const Json params = {{"keep", 20}, {"window", 4}, {"gqa", gqa}};
    const Outcome outcome = run_method("snapkv", params, decoder, tiny_prompt(67));
    EXPECT_EQ(outcome.layers[0].cached_heads.size(), lists);
    EXPECT_NE(outcome.layers[0].cached_heads[0], outcome.layers[0].cached_heads[1]) << gqa;
  }
}

// As the authors' code repeats K and V: 20 rows of 67 for each of 6 query heads are more bytes than
// 67 for each of 2 KV heads, and each new token of the reply is stored 6 times.
TEST(SnapKv, CountsTheCacheOfEveryQueryHead) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Json given = {{"keep", 20}, {"window", 4}};
  const auto method = ready_method("snapkv", given, decoder);
  Sequence sequence = decoder.prefill(tiny_prompt(67), *method);
  const int64_t row = 2 * 6 * 8 * 4;  // K and V, 6 heads of 8, fp32
  EXPECT_EQ(sequence.cache.bytes_in_use(), 8 * 20 * row);
  EXPECT_DOUBLE_EQ(sequence.activity.kv_share(), 20.0 * 3 / 67);
  EXPECT_TRUE(sequence.activity.active());
  decoder.extend(sequence, std::vector<int32_t>{3, 4});
  EXPECT_EQ(sequence.cache.bytes_in_use(), 8 * 22 * row);
  EXPECT_EQ(sequence.cache.lengths(), std::vector<int64_t>(8, 22));
}

TEST(SnapKv, RefusesAnEvenPool) {
  std::vector<ParameterProblem> problems;
  find_method("snapkv").resolve(Json::parse(R"({"keep": 5, "pool": 4})"), problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].key, "pool");
}

}  // namespace
}  // namespace skipbench::test
