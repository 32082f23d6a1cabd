#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/methods/support/reference.h"

namespace skipbench::test {
namespace {

// Which of the living tokens stay: `scores` [N] of the prompt's positions.
Positions naive_survivors(const std::vector<double>& scores, const Positions& live, const Json& p) {
  const int64_t n = std::ssize(live), block = p.at("block");
  if (n <= p.at("min_tokens") || p.at("p") == 1.0) return live;
  std::vector<double> sums;  // of a partial last block too: it weighs what it holds
  for (int64_t begin = 0; begin < n; begin += block) {
    sums.push_back(0);
    for (int64_t i = begin; i < std::min(begin + block, n); ++i) sums.back() += scores[live[i]];
  }
  const double total = std::accumulate(sums.begin(), sums.end(), 0.0);
  Positions order = all_positions(std::ssize(sums));
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return sums[a] > sums[b]; });
  std::vector<bool> kept(sums.size(), false);
  double before = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const double share = sums[order[i]] / total;
    const bool within = p.at("crossing") ? before <= p.at("p") : before + share <= p.at("p");
    if (i > 0 && !within) break;
    kept[order[i]] = true;
    before += share;
  }
  Positions survivors;
  for (int64_t i = 0; i < n; ++i) {
    const bool forced = i < p.at("first") || i >= n - p.at("last").get<int64_t>();
    if (forced || kept[i / block]) survivors.push_back(live[i]);
  }
  return survivors;
}

Outcome naive_uniprefill(const Model& model, const Prompt& prompt, const Json& p) {
  Outcome outcome;
  at::Tensor x = naive_embedding(model, prompt);
  Positions live = all_positions(prompt.length());
  for (int64_t l = 0; l < model.config.layers; ++l) {
    const NaiveLayer layer(model, l, x);
    const Positions entered = live;
    add_rows(x, live, layer.attention(live));
    for (const int64_t drop : p.at("drop_layers")) {
      if (drop == l) live = naive_survivors(layer.probe(live, p.at("window")), live, p);
    }
    add_rows(x, live, layer.ffn(x).clone());
    outcome.layers.push_back({entered, live, live, entered});
  }
  outcome.logits = naive_logits(model, x);
  return outcome;
}

constexpr const char* kSmallUniprefill =
    R"({"drop_layers": [1, 3, 6], "p": 0.7, "window": 9, "block": 4,
                                   "first": 3, "last": 5, "min_tokens": 12})";

TEST(UniPrefill, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("uniprefill", naive_uniprefill, shape, kSmallUniprefill, 67);
  }
}

TEST(UniPrefill, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 2, 8, 12, 13, 61, 120}) {
    expect_equals("uniprefill", naive_uniprefill, tiny_llama(), kSmallUniprefill, length);
    expect_equals("uniprefill", naive_uniprefill, tiny_llama(), kSmallUniprefill, length, 2);
  }
}

TEST(UniPrefill, EqualsTheReferenceWithPublishedBlocks) {
  expect_equals("uniprefill", naive_uniprefill, tiny_llama(),
                R"({"drop_layers": [2, 4], "p": 0.8})", 460);
}

TEST(UniPrefill, EqualsTheReferenceAtTheEdgesOfItsParameters) {
  const TinyShape qwen = tiny_shapes()[5];
  for (const char* params :
       {R"({"drop_layers": [0], "p": 0, "block": 5, "first": 0, "last": 1, "min_tokens": 0})",
        R"({"drop_layers": [7], "p": 0.9, "block": 1, "first": 2, "last": 1, "min_tokens": 0})",
        R"({"drop_layers": [2], "p": 0.9, "block": 100, "first": 2, "last": 1, "min_tokens": 0})",
        R"({"drop_layers": [2], "p": 0.5, "window": 1, "first": 60, "last": 60, "min_tokens": 9})",
        R"({"drop_layers": [1, 4], "p": 0.7, "window": 9, "block": 4, "first": 3, "last": 5,
            "min_tokens": 12, "crossing": false})",
        R"({"drop_layers": []})"}) {
    expect_equals("uniprefill", naive_uniprefill, tiny_llama(), params, 58);
    expect_equals("uniprefill", naive_uniprefill, qwen, params, 58);
  }
}

// Blocks that need no forced tokens: the vLLM operator keeps exactly one more than the
// illustration.
TEST(UniPrefill, KeepsTheBlockThatCrossesP) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto kept = [&](bool crossing, uint64_t seed) {
    Json given = Json::parse(R"({"drop_layers": [2], "p": 0.6, "window": 1, "block": 4, "first": 0,
                                 "last": 1, "min_tokens": 0})");
    given["crossing"] = crossing;
    return run_method("uniprefill", given, decoder, tiny_prompt(40, seed)).layers[2].alive_after;
  };
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    const Positions with = kept(true, seed), without = kept(false, seed);
    EXPECT_TRUE(std::includes(with.begin(), with.end(), without.begin(), without.end())) << seed;
    const int64_t more = std::ssize(with) - std::ssize(without);
    EXPECT_TRUE(more == 4 || more == 3) << seed << ": " << more;  // 3: its last token was forced
  }
}

TEST(UniPrefill, KeepsOneBlockBesideTheForcedTokensEvenWhenItCrossesP) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Json given = Json::parse(
      R"({"drop_layers": [2], "p": 0, "block": 4, "first": 2, "last": 3, "min_tokens": 0})");
  const Outcome outcome = run_method("uniprefill", given, decoder, tiny_prompt(40));
  EXPECT_GE(outcome.layers[2].ffn.size(), 5u);
  EXPECT_LE(outcome.layers[2].ffn.size(), 9u);
  EXPECT_EQ(outcome.layers[2].cached.size(), 40u);
  EXPECT_EQ(outcome.layers[3].cached, outcome.layers[2].ffn);
}

TEST(UniPrefill, RefusesWhatDoesNotFit) {
  EXPECT_EQ(first_problem("uniprefill", "{}"), "drop_layers");
  EXPECT_EQ(first_problem("uniprefill", R"({"drop_layers": [3, 2]})"), "drop_layers[1]");
  EXPECT_EQ(first_problem("uniprefill", R"({"drop_layers": [3], "p": 1.1})"), "p");
  expect_refused("uniprefill", R"({"drop_layers": [7, 8]})");
}

}  // namespace
}  // namespace skipbench::test
