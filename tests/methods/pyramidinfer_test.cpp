#include "methods/pyramidinfer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/methods/support/reference.h"

namespace skipbench::test {
namespace {

// Scores of the living tokens by prompt position: later queries count up to 1.2 times as much.
std::vector<double> naive_scores(const NaiveLayer& layer, const Positions& live, int64_t recent) {
  const at::Tensor paid = layer.probe_weights(live, 1 + recent);  // [w, H, N]
  const auto weights = paid.accessor<double, 3>();
  std::vector<double> scores(paid.size(2), 0.0);
  for (int64_t i = 0; i < paid.size(0); ++i) {
    const double step = 0.2 * static_cast<double>(i) / static_cast<double>(recent);
    for (int64_t head = 0; head < paid.size(1); ++head) {
      for (int64_t j = 0; j < paid.size(2); ++j) {
        scores[j] += (1 + step) * weights[i][head][j] / static_cast<double>(paid.size(1));
      }
    }
  }
  return scores;
}

Outcome naive_pyramidinfer(const Model& model, const Prompt& prompt, const Json& p) {
  Outcome outcome;
  at::Tensor x = naive_embedding(model, prompt);
  const int64_t n = prompt.length(), layers = model.config.layers;
  const int64_t recent = std::max<int64_t>(
      1, static_cast<int64_t>(std::floor(p.at("recent").get<double>() * static_cast<double>(n))));
  const double d = p.at("decay");
  Positions live = all_positions(n);
  for (int64_t l = 0; l < layers; ++l) {
    const NaiveLayer layer(model, l, x);
    const Positions entered = live;
    add_rows(x, live, layer.attention(live));
    add_rows(x, live, layer.ffn(x).clone());
    const Positions context(live.begin(), live.end() - recent);
    const int64_t size = std::ssize(context);
    const double share =
        (1 - d) * (std::cos(M_PI * static_cast<double>(l) / static_cast<double>(layers)) + 1) / 2 +
        d;
    const int64_t whole = p.at("compound") ? size : n - recent;
    int64_t count = static_cast<int64_t>(std::floor(share * static_cast<double>(whole)));
    count = std::max(count, p.at("min_context").get<int64_t>());
    const bool matters = p.at("gather_kv") || l + 1 < layers;
    if (size > 0 && count < size && matters) {
      Positions sinks;
      for (int64_t i = 0; i < std::min(p.at("sinks").get<int64_t>(), size); ++i) {
        sinks.push_back(context[i]);
      }
      const auto scores = naive_scores(layer, live, recent);
      Positions kept = naive_top(scores, context, std::max<int64_t>(1, count), sinks);
      kept.insert(kept.end(), live.end() - recent, live.end());
      live = kept;
    }
    outcome.layers.push_back({entered, entered, live, p.at("gather_kv") ? live : entered});
  }
  outcome.logits = naive_logits(model, x);
  return outcome;
}

constexpr const char* kSmallPyramidinfer =
    R"({"recent": 0.15, "decay": 0.5, "sinks": 3, "min_context": 6})";

TEST(PyramidInfer, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("pyramidinfer", naive_pyramidinfer, shape, kSmallPyramidinfer, 67);
  }
}

TEST(PyramidInfer, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 2, 3, 6, 7, 13, 61, 120}) {
    expect_equals("pyramidinfer", naive_pyramidinfer, tiny_llama(), kSmallPyramidinfer, length);
    expect_equals("pyramidinfer", naive_pyramidinfer, tiny_llama(), kSmallPyramidinfer, length, 2);
  }
}

TEST(PyramidInfer, EqualsTheReferenceWithPublishedSettings) {
  for (const char* params : {"{}", R"({"recent": 0.01, "decay": 0.01})",
                             R"({"recent": 0.2, "decay": 0.3, "compound": false})"}) {
    expect_equals("pyramidinfer", naive_pyramidinfer, tiny_llama(), params, 230);
  }
}

TEST(PyramidInfer, EqualsTheReferenceInItsOtherReadings) {
  for (const char* params :
       {R"({"decay": 0.2, "compound": false, "min_context": 4})",
        R"({"decay": 0.2, "gather_kv": true, "min_context": 4})",
        R"({"decay": 0.6, "compound": false, "gather_kv": true, "min_context": 0, "sinks": 0})",
        R"({"recent": 0, "decay": 0, "min_context": 0, "sinks": 9})",
        R"({"recent": 1, "decay": 0.1})", R"({"recent": 0.5, "decay": 1, "min_context": 0})"}) {
    expect_equals("pyramidinfer", naive_pyramidinfer, tiny_llama(), params, 58);
    expect_equals("pyramidinfer", naive_pyramidinfer, tiny_shapes()[5], params, 58);
  }
}

TEST(PyramidInfer, CompoundedSharesShrinkTheContextFaster) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto survivors = [&](const char* params) {
    return run_method("pyramidinfer", Json::parse(params), decoder, tiny_prompt(200))
        .layers[6]
        .alive_after.size();
  };
  EXPECT_LT(survivors(R"({"decay": 0.3, "min_context": 4})"),
            survivors(R"({"decay": 0.3, "min_context": 4, "compound": false})"));
}

TEST(PyramidInfer, RefusesSharesAboveOne) {
  EXPECT_EQ(first_problem("pyramidinfer", R"({"recent": 1.5})"), "recent");
  EXPECT_EQ(first_problem("pyramidinfer", R"({"decay": -0.1})"), "decay");
}

}  // namespace
}  // namespace skipbench::test
