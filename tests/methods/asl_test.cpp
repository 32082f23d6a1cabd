#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/methods/support/reference.h"

namespace skipbench::test {
namespace {

// rank[i] of token i, 0 for the highest score, ties to the lower index.
Positions naive_ranks(const std::vector<double>& scores) {
  Positions ranks(scores.size());
  for (int64_t i = 0; i < std::ssize(scores); ++i) {
    for (int64_t j = 0; j < std::ssize(scores); ++j) {
      if (scores[j] > scores[i] || (scores[j] == scores[i] && j < i)) ++ranks[i];
    }
  }
  return ranks;
}

// Mean over the tokens that are among the `top` of some layer of their ranks' variance.
double naive_variance(const std::vector<Positions>& layers, int64_t top) {
  double sum = 0, tokens = 0;
  for (size_t i = 0; i < layers[0].size(); ++i) {
    double mean = 0, variance = 0;
    bool in_union = false;
    for (const Positions& ranks : layers) {
      mean += static_cast<double>(ranks[i]) / static_cast<double>(layers.size());
      in_union = in_union || ranks[i] < top;
    }
    for (const Positions& ranks : layers) {
      const double away = static_cast<double>(ranks[i]) - mean;
      variance += away * away / static_cast<double>(layers.size());
    }
    if (!in_union) continue;
    sum += variance;
    tokens += 1;
  }
  return sum / tokens;
}

// Scores of the prefix: attention of the window, averaged over neighbours in the prefix.
std::vector<double> naive_scores(const NaiveLayer& layer, int64_t n, const Json& p) {
  std::vector<double> scores = layer.probe(all_positions(n), p.at("window"));
  scores.resize(n - p.at("window").get<int64_t>());
  return naive_pooled(scores, p.at("pool"));
}

Outcome naive_asl(const Model& model, const Prompt& prompt, const Json& p) {
  Outcome outcome;
  at::Tensor x = naive_embedding(model, prompt);
  const int64_t n = prompt.length(), layers = model.config.layers;
  const int64_t window = p.at("window"), history = p.at("history");
  const int64_t keep = std::max(naive_tokens(p.at("keep"), n), window + 1);
  Positions live = all_positions(n);
  std::vector<Positions> ranks;  // of every layer so far
  double first = -1;
  for (int64_t l = 0; l < layers; ++l) {
    const NaiveLayer layer(model, l, x);
    const Positions entered = live;
    add_rows(x, live, layer.attention(live));
    add_rows(x, live, layer.ffn(x).clone());
    if (std::ssize(live) == n && keep < n && l + 1 < layers) {
      const auto scores = naive_scores(layer, n, p);
      ranks.push_back(naive_ranks(scores));
      if (l >= p.at("first_layer") && std::ssize(ranks) >= history) {
        const double variance = naive_variance({ranks.end() - history, ranks.end()}, keep - window);
        if (first < 0) first = variance;
        if (variance < p.at("threshold").get<double>() * first) {
          live = naive_top(scores, all_positions(n - window), keep - window);
          for (int64_t i = n - window; i < n; ++i) live.push_back(i);
        }
      }
    }
    outcome.layers.push_back({entered, entered, live, entered});
  }
  outcome.logits = naive_logits(model, x);
  return outcome;
}

constexpr const char* kSmallAsl = R"({"first_layer": 2, "threshold": 0.97, "window": 5, "pool": 3,
                                   "keep": 0.4, "history": 3})";

TEST(Asl, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    for (const uint64_t seed : {1, 2, 3})
      expect_equals("asl", naive_asl, shape, kSmallAsl, 67, seed);
  }
}

TEST(Asl, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 2, 5, 6, 7, 13, 61, 120}) {
    expect_equals("asl", naive_asl, tiny_llama(), kSmallAsl, length);
  }
}

TEST(Asl, EqualsTheReferenceForOtherParameters) {
  for (const char* params :
       {R"({"first_layer": 0, "threshold": 5, "window": 1, "pool": 1, "keep": 9, "history": 2})",
        R"({"first_layer": 5, "threshold": 1.1, "window": 8, "keep": 0.5, "history": 2})",
        R"({"first_layer": 1, "threshold": 1.01, "window": 20, "keep": 8, "history": 4})",
        R"({"first_layer": 3, "threshold": 0, "window": 5, "keep": 10, "history": 2})",
        R"({"first_layer": 7, "threshold": 9, "window": 5, "keep": 10})"}) {
    expect_equals("asl", naive_asl, tiny_llama(), params, 58);
    expect_equals("asl", naive_asl, tiny_shapes()[5], params, 58);
  }
}

TEST(Asl, EqualsTheReferenceAtItsPublishedDepths) {
  TinyShape shape = tiny_llama();
  shape.layers = 16;
  for (const char* threshold :
       {R"({"threshold": 0.3, "keep": 64})", R"({"threshold": 1.0, "keep": 64})"}) {
    expect_equals("asl", naive_asl, shape, threshold, 150);
  }
}

TEST(Asl, SelectsOnceAtALayerThatDependsOnThePrompt) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  std::set<int64_t> layers;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const Outcome outcome =
        run_method("asl", Json::parse(kSmallAsl), decoder, tiny_prompt(67, seed));
    int64_t changes = 0;
    for (int64_t l = 0; l < std::ssize(outcome.layers); ++l) {
      if (outcome.layers[l].alive_after == outcome.layers[l].ffn) continue;
      EXPECT_EQ(outcome.layers[l].alive_after.size(), 26u);  // floor(.4 x 67)
      EXPECT_GE(l, 3);  // layer 2 is the first whose history is whole, and gives the first value
      layers.insert(l);
      ++changes;
    }
    EXPECT_LE(changes, 1);
    if (changes == 0) layers.insert(-1);
  }
  EXPECT_GT(layers.size(), 1u);
}

TEST(Asl, PrunesNothingWhenTheVarianceNeverFalls) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  Json given = Json::parse(kSmallAsl);
  given["threshold"] = 0;
  const Prompt prompt = tiny_prompt(67);
  expect_same(run_method("asl", given, decoder, prompt), run_method("full", {}, decoder, prompt),
              0);
}

TEST(Asl, RefusesWhatDoesNotFit) {
  EXPECT_EQ(first_problem("asl", R"({"pool": 4})"), "pool");
  EXPECT_EQ(first_problem("asl", R"({"history": 1})"), "history");
  expect_refused("asl", "{}");  // first_layer 10 of 8 layers
}

}  // namespace
}  // namespace skipbench::test
