#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/methods/support/naive_cache.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

// The authors' places of a layer: whole numbers, the window on top.
int64_t authors_places(const Json& p, int64_t n, int64_t layer, int64_t layers) {
  const int64_t window = p.at("window"), beta = p.at("beta");
  const int64_t cap = std::max(naive_tokens(p.at("keep"), n), window), c = cap - window;
  if (n < cap) return n;
  if (n < 2 * c || layers == 1) return cap;
  int64_t least = c / beta, most = 2 * c - least;
  if (most >= n - window) {
    most = n - window;
    least = 2 * c - most;
  }
  return most - layer * ((most - least) / (layers - 1)) + window;
}

// kvpress's: real numbers, the window inside; level where the line does not fit.
int64_t kvpress_places(const Json& p, int64_t n, int64_t layer, int64_t layers) {
  const Json& budget = p.at("keep");
  const auto window = p.at("window").get<double>(), length = static_cast<double>(n);
  const double keep = budget.get<double>() * (budget.is_number_integer() ? 1.0 : length);
  double least = keep / p.at("beta").get<double>(), most = 2 * keep - least;
  if (most >= length - window) {
    most = length - window;
    least = 2 * keep - most;
  }
  double places = keep;
  if (layers > 1 && length >= most && most >= least && least >= window) {
    places = most - static_cast<double>(layer) * ((most - least) / static_cast<double>(layers - 1));
  }
  return std::clamp<int64_t>(std::lrint(places), p.at("window").get<int64_t>(), n);
}

Outcome naive_pyramidkv(const Model& model, const Prompt& prompt, const Json& p) {
  const int64_t n = prompt.length();
  const Positions all = all_positions(n);
  const auto places = p.at("schedule") == "authors" ? authors_places : kvpress_places;
  return naive_full_with_cache(model, prompt, [&](const NaiveLayer& layer, int64_t l) {
    return naive_top_and_recent(naive_window_scores(layer, all, all, p, model.config.kv_heads), all,
                                n <= p.at("window") ? n : places(p, n, l, model.config.layers),
                                p.at("window"));
  });
}

TEST(PyramidKv, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("pyramidkv", naive_pyramidkv, shape, R"({"keep": 0.4, "window": 8})", 67);
    expect_equals("pyramidkv", naive_pyramidkv, shape,
                  R"({"keep": 20, "window": 5, "beta": 3, "pool": 7, "pooling": "max"})", 67);
    expect_equals("pyramidkv", naive_pyramidkv, shape,
                  R"({"keep": 20, "window": 5, "beta": 3, "schedule": "kvpress", "gqa": "kv"})",
                  67);
  }
}

TEST(PyramidKv, EqualsTheReferenceAtEveryLengthAndBudget) {
  for (const int64_t length : {1, 2, 8, 9, 10, 31, 90}) {
    for (const char* params :
         {R"({"keep": 0.5, "window": 8})", R"({"keep": 0.9, "window": 8, "beta": 1})",
          R"({"keep": 3, "window": 8})", R"({"keep": 9, "window": 8, "pooling": "max"})",
          R"({"keep": 0.5, "window": 2, "beta": 5, "schedule": "kvpress"})",
          R"({"keep": 0.9, "window": 2, "beta": 3, "schedule": "kvpress"})",
          R"({"keep": 0.5, "window": 8, "schedule": "kvpress"})"}) {
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

// The published setting of 128 with a window of 8 on 32 layers: steps of 228 // 31 = 7 leave 125.5
// places a layer beside the window instead of 120, and 17 in the last instead of 6.
TEST(PyramidKv, WholeStepsLeaveTheLastLayersMore) {
  const auto lengths = kv_lengths(32, R"({"keep": 128, "window": 8})", 600);
  EXPECT_EQ(std::reduce(lengths.begin(), lengths.end()), 32 * 8 + 32 * 1255 / 10);
  EXPECT_EQ(lengths.front(), 234 + 8);
  EXPECT_EQ(lengths.back(), 17 + 8);
}

TEST(PyramidKv, APromptShorterThanTwiceTheBudgetKeepsTheSameInEveryLayer) {
  // 2 (48 - 8) = 80: level below, a line from there on.
  EXPECT_EQ(kv_lengths(5, R"({"keep": 48, "window": 8})", 79), std::vector<int64_t>(5, 48));
  EXPECT_EQ(kv_lengths(5, R"({"keep": 48, "window": 8})", 47), std::vector<int64_t>(5, 47));
  // 72 beside the window at most, so that the last layer gets 8: steps of 16.
  EXPECT_EQ(kv_lengths(5, R"({"keep": 48, "window": 8})", 80),
            (std::vector<int64_t>{80, 64, 48, 32, 16}));
}

TEST(PyramidKv, OfKvpressIsLevelWhereTheLastLayerWouldHaveLessThanAWindow) {
  // 50 places, 10 in the last layer: a window of 10 fits, one of 11 does not.
  EXPECT_EQ(kv_lengths(5, R"({"keep": 50, "window": 10, "beta": 5, "schedule": "kvpress"})", 200),
            (std::vector<int64_t>{90, 70, 50, 30, 10}));
  EXPECT_EQ(kv_lengths(5, R"({"keep": 50, "window": 11, "beta": 5, "schedule": "kvpress"})", 200),
            std::vector<int64_t>(5, 50));
}

}  // namespace
}  // namespace skipbench::test
