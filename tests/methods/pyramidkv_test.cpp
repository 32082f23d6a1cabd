#include "methods/pyramidkv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/methods/support/naive_cache.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

// Places a layer has, the window among them: a line from most to least, whose mean is the budget.
int64_t naive_count(const Json& p, int64_t n, int64_t layer, int64_t layers) {
  const int64_t keep = naive_tokens(p.at("keep"), n), window = p.at("window");
  if (keep >= n) return n;
  const auto beside = static_cast<double>(std::max<int64_t>(keep - window, 0));
  double least = beside / p.at("beta").get<double>(), most = 2 * beside - least;
  if (most > static_cast<double>(n - window)) {
    most = static_cast<double>(n - window);
    least = 2 * beside - most;
  }
  const double way =
      layers == 1 ? 0.5 : static_cast<double>(layer) / static_cast<double>(layers - 1);
  return window + static_cast<int64_t>(std::floor(most - (most - least) * way + 0.5 + 1e-9));
}

Outcome naive_pyramidkv(const Model& model, const Prompt& prompt, const Json& p) {
  const int64_t n = prompt.length(), window = p.at("window");
  const Positions all = all_positions(n);
  return naive_full_with_cache(model, prompt, [&](const NaiveLayer& layer, int64_t l) {
    return naive_top_and_recent(naive_window_scores(layer, all, window, p.at("pool"),
                                                    p.at("pooling"), model.config.kv_heads),
                                all, naive_count(p, n, l, model.config.layers), window);
  });
}

TEST(PyramidKv, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("pyramidkv", naive_pyramidkv, shape, R"({"keep": 0.4, "window": 8})", 67);
    expect_equals("pyramidkv", naive_pyramidkv, shape,
                  R"({"keep": 20, "window": 5, "beta": 3, "pool": 7, "pooling": "max"})", 67);
  }
}

TEST(PyramidKv, EqualsTheReferenceAtEveryLengthAndBudget) {
  for (const int64_t length : {1, 2, 8, 9, 10, 31, 90}) {
    for (const char* params :
         {R"({"keep": 0.5, "window": 8})", R"({"keep": 0.9, "window": 8, "beta": 1})",
          R"({"keep": 3, "window": 8})", R"({"keep": 9, "window": 8, "pooling": "max"})"}) {
      expect_equals("pyramidkv", naive_pyramidkv, tiny_llama(), params, length);
    }
  }
}

std::vector<int64_t> kv_lengths(int64_t layers, const char* params, int64_t length) {
  TinyShape shape = tiny_llama();
  shape.layers = layers;
  const Model model = tiny_model(shape);
  Decoder decoder(model);
  const auto method = ready_method("pyramidkv", Json::parse(params), decoder);
  return decoder.prefill(tiny_prompt(length), *method).cache.lengths();
}

TEST(PyramidKv, CountsFallInALineFromTheFirstLayerToTheLast) {
  // 40 places beside the window: 2 in the last layer, 78 in the first, steps of 19.
  EXPECT_EQ(kv_lengths(5, R"({"keep": 48, "window": 8})", 200),
            (std::vector<int64_t>{86, 67, 48, 29, 10}));
  EXPECT_EQ(kv_lengths(1, R"({"keep": 48, "window": 8})", 200), (std::vector<int64_t>{48}));
  EXPECT_EQ(kv_lengths(3, R"({"keep": 48, "window": 8, "beta": 1})", 200),
            (std::vector<int64_t>{48, 48, 48}));
}

TEST(PyramidKv, KeepsTheMeanWhereTheFirstLayerCannotUseItsShare) {
  // 60 prompt tokens: 52 beside the window at most, so the last layer gets 28.
  const auto lengths = kv_lengths(5, R"({"keep": 48, "window": 8})", 60);
  EXPECT_EQ(lengths, (std::vector<int64_t>{60, 54, 48, 42, 36}));
  EXPECT_EQ(std::reduce(lengths.begin(), lengths.end()), 5 * 48);
}

}  // namespace
}  // namespace skipbench::test
