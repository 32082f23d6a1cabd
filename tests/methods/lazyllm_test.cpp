#include "methods/lazyllm.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/methods/support/reference.h"

namespace skipbench::test {
namespace {

Outcome naive_lazyllm(const Model& model, const Prompt& prompt, const Json& p) {
  Outcome outcome;
  at::Tensor x = naive_embedding(model, prompt);
  const int64_t n = prompt.length(), layers = model.config.layers;
  const auto depth = [&](const char* key) {
    return static_cast<int64_t>(std::floor(p.at(key).get<double>() * static_cast<double>(layers)));
  };
  const int64_t first = depth("start"), last = depth("end");
  const double begin = p.at("keep_start"), end = p.at("keep_end");
  Positions live = all_positions(n);
  for (int64_t l = 0; l < layers; ++l) {
    const NaiveLayer layer(model, l, x);
    const Positions entered = live;
    const std::vector<double> scores = layer.probe(live, 1);
    add_rows(x, live, layer.attention(live));
    add_rows(x, live, layer.ffn(x).clone());
    if (l >= first && l <= last) {
      const double way = last == first ? 1.0 : double(l - first) / double(last - first);
      const double share = begin + (end - begin) * way;
      const auto count = static_cast<int64_t>(std::floor(share * static_cast<double>(n)));
      const int64_t kept = std::clamp<int64_t>(count, 1, std::ssize(live));
      live = naive_top(scores, live, kept, {n - 1});
    }
    outcome.layers.push_back({entered, entered, live, entered});
  }
  outcome.logits = naive_logits(model, x);
  return outcome;
}

TEST(LazyLlm, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("lazyllm", naive_lazyllm, shape, R"({"keep_end": 0.2})", 67);
  }
}

TEST(LazyLlm, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 2, 3, 7, 61, 120}) {
    expect_equals("lazyllm", naive_lazyllm, tiny_llama(), R"({"keep_end": 0.3})", length, 2);
  }
}

TEST(LazyLlm, EqualsTheReferenceForOtherSchedules) {
  for (const char* params : {R"({"start": 0, "end": 0.99, "keep_start": 0.9, "keep_end": 0.01})",
                             R"({"start": 0.5, "end": 0.5, "keep_start": 0.9, "keep_end": 0.4})",
                             R"({"start": 0.2, "end": 0.7, "keep_start": 0.5, "keep_end": 0.8})"}) {
    expect_equals("lazyllm", naive_lazyllm, tiny_llama(), params, 58);
  }
}

TEST(LazyLlm, RefusesWhatDoesNotFit) {
  EXPECT_EQ(first_problem("lazyllm", R"({"keep_end": 0.2, "start": 0.8, "end": 0.5})"), "end");
  EXPECT_EQ(first_problem("lazyllm", R"({})"), "keep_end");
  EXPECT_EQ(first_problem("lazyllm", R"({"keep_end": 0})"), "keep_end");
}

}  // namespace
}  // namespace skipbench::test
