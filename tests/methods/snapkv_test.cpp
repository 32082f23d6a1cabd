#include "methods/snapkv.h"

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
    return naive_top_and_recent(naive_window_scores(layer, all, window, p.at("pool"),
                                                    p.at("pooling"), model.config.kv_heads),
                                all, count, window);
  });
}

TEST(SnapKv, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("snapkv", naive_snapkv, shape, R"({"keep": 0.4, "window": 8})", 67);
    expect_equals("snapkv", naive_snapkv, shape,
                  R"({"keep": 20, "window": 5, "pool": 7, "pooling": "max"})", 67);
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
  const Json given = Json::parse(R"({"keep": 1, "window": 4})");
  for (const LayerOutcome& layer : run_method("snapkv", given, decoder, tiny_prompt(30)).layers) {
    EXPECT_EQ(layer.cached_heads, std::vector(2, Positions{26, 27, 28, 29}));
  }
}

TEST(SnapKv, KvHeadsKeepRowsOfTheirOwn) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Outcome outcome =
      run_method("snapkv", Json::parse(R"({"keep": 20, "window": 4})"), decoder, tiny_prompt(67));
  EXPECT_NE(outcome.layers[0].cached_heads[0], outcome.layers[0].cached_heads[1]);
}

TEST(SnapKv, RefusesAnEvenPool) {
  std::vector<ParameterProblem> problems;
  find_method("snapkv").resolve(Json::parse(R"({"keep": 5, "pool": 4})"), problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].key, "pool");
}

}  // namespace
}  // namespace skipbench::test
