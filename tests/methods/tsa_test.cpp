#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/methods/support/reference.h"

namespace skipbench::test {
namespace {

// How many of a prefix are kept, given its head-mean scores: all where no share is below the
// coverage.
int64_t naive_keep(std::vector<double> mean, const Json& p) {
  const double total = std::accumulate(mean.begin(), mean.end(), 0.0);
  std::sort(mean.begin(), mean.end());
  int64_t below = 0;
  double covered = 0;
  for (const double score : mean) {
    covered += score / total;
    if (covered < p.at("coverage")) ++below;
  }
  if (below == 0) return std::ssize(mean);
  return std::max(p.at("min_keep").get<int64_t>(), std::ssize(mean) - (below + 1));
}

// One head among the tokens `kept`: its rows of [N, H, d], 0 for all others.
void attend_head(const NaiveLayer& layer, int64_t head, const Positions& kept, at::Tensor& heads) {
  const at::Tensor q = layer.queries().select(1, head), k = layer.keys().select(1, head);
  const at::Tensor v = layer.values().select(1, head);  // [N, d]
  for (const int64_t i : kept) {
    at::Tensor sum = at::zeros_like(v[0]);
    double total = 0;
    for (const int64_t j : kept) {
      if (j > i) break;
      const double weight =
          std::exp((q[i] * k[j]).sum().item<double>() / std::sqrt(static_cast<double>(q.size(1))));
      sum += v[j] * weight;
      total += weight;
    }
    heads[i][head] = sum / total;
  }
}

// Attention output [N, D] of a sparse layer.
at::Tensor naive_sparse_attention(const NaiveLayer& layer, int64_t n, const Json& p) {
  const int64_t window = p.at("window"), heads = layer.queries().size(1), prefix = n - window;
  const at::Tensor paid = layer.probe_weights(all_positions(n), window);  // [w, H, N]
  const auto weights = paid.accessor<double, 3>();
  std::vector<std::vector<double>> scores;
  std::vector<double> mean(prefix, 0.0);
  for (int64_t head = 0; head < heads; ++head) {
    std::vector<double> own(prefix, 0.0);
    for (int64_t j = 0; j < prefix; ++j) {
      for (int64_t i = 0; i < window; ++i) own[j] += weights[i][head][j];
    }
    scores.push_back(naive_pooled(own, p.at("pool")));
    for (int64_t j = 0; j < prefix; ++j) mean[j] += scores[head][j];
  }
  const int64_t keep = naive_keep(mean, p);
  at::Tensor result = at::zeros_like(layer.queries());  // [N, H, d]
  for (int64_t head = 0; head < heads; ++head) {
    Positions kept = naive_top(scores[head], all_positions(prefix), keep);
    for (int64_t i = prefix; i < n; ++i) kept.push_back(i);
    attend_head(layer, head, kept, result);
  }
  return layer.project(result);
}

Outcome naive_tsa(const Model& model, const Prompt& prompt, const Json& p) {
  Outcome outcome;
  at::Tensor x = naive_embedding(model, prompt);
  const int64_t n = prompt.length();
  const Positions all = all_positions(n);
  for (int64_t l = 0; l < model.config.layers; ++l) {
    const NaiveLayer layer(model, l, x);
    const Json& layers = p.at("layers");
    const bool listed = layers.is_null()
                            ? l >= model.config.layers / 2
                            : std::find(layers.begin(), layers.end(), l) != layers.end();
    const bool sparse = listed && p.at("coverage") > 0 &&
                        n > p.at("min_keep").get<int64_t>() + p.at("window").get<int64_t>();
    add_rows(x, all, sparse ? naive_sparse_attention(layer, n, p) : layer.attention(all));
    add_rows(x, all, layer.ffn(x).clone());
    outcome.layers.push_back({all, all, all, all});
  }
  outcome.logits = naive_logits(model, x);
  return outcome;
}

constexpr const char* kSmallTsa =
    R"({"layers": [2, 5], "coverage": 0.3, "window": 6, "min_keep": 8, "pool": 3})";

TEST(Tsa, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes())
    expect_equals("tsa", naive_tsa, shape, kSmallTsa, 45);
}

TEST(Tsa, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 6, 14, 15, 16, 61}) {
    expect_equals("tsa", naive_tsa, tiny_llama(), kSmallTsa, length);
    expect_equals("tsa", naive_tsa, tiny_llama(), kSmallTsa, length, 2);
  }
}

TEST(Tsa, EqualsTheReferenceAtTheEdgesOfItsParameters) {
  for (const char* params :
       {R"({"layers": [0], "coverage": 1, "window": 1, "min_keep": 1, "pool": 1})",
        R"({"layers": [7], "coverage": 0.005, "window": 20, "min_keep": 4})",
        R"({"layers": [3], "coverage": 0.9, "window": 4, "min_keep": 30})",
        R"({"layers": [3], "coverage": 0, "window": 4, "min_keep": 3})",
        R"({"coverage": 0.4, "window": 4, "min_keep": 3})",
        R"({"layers": [], "window": 4, "min_keep": 3})"}) {
    expect_equals("tsa", naive_tsa, tiny_llama(), params, 41);
    expect_equals("tsa", naive_tsa, tiny_shapes()[5], params, 41);
  }
}

TEST(Tsa, ALayerWhoseEveryTokenHoldsMoreThanTheCoverageRunsDense) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Json given =
      Json::parse(R"({"layers": [3], "coverage": 1e-9, "window": 6, "min_keep": 8, "pool": 3})");
  const auto method = ready_method("tsa", given, decoder);
  const Sequence sequence = decoder.prefill(tiny_prompt(50), *method);
  EXPECT_EQ(sequence.activity.layers[3].attention_pairs, causal_pairs(50));
  EXPECT_TRUE(at::equal(sequence.logits, run_method("full", {}, decoder, tiny_prompt(50)).logits));
}

TEST(Tsa, CountsThePairsThatItsHeadsAttend) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Json given =
      Json::parse(R"({"layers": [3], "coverage": 1, "window": 6, "min_keep": 8, "pool": 3})");
  const auto method = ready_method("tsa", given, decoder);
  const Sequence sequence = decoder.prefill(tiny_prompt(50), *method);
  const auto& layers = sequence.activity.layers;
  EXPECT_EQ(layers[2].attention_pairs, causal_pairs(50));
  EXPECT_EQ(layers[3].attention_pairs, causal_pairs(8 + 6));
  EXPECT_EQ(layers[3].kv_length, 50);
  EXPECT_EQ(layers[3].ffn_updated, 50);
  EXPECT_LT(layers[3].flops, layers[2].flops);
}

TEST(Tsa, RefusesWhatDoesNotFit) {
  EXPECT_EQ(first_problem("tsa", R"({"layers": [2, 2]})"), "layers[1]");
  EXPECT_EQ(first_problem("tsa", R"({"layers": [2], "pool": 2})"), "pool");
  expect_refused("tsa", R"({"layers": [7, 8]})");
}

}  // namespace
}  // namespace skipbench::test
