#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "tests/methods/support/reference.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

using Lists = std::vector<std::vector<double>>;

// Average with the zeros beyond the ends counted, or the maximum of those that there are.
double naive_pooled_at(const std::vector<double>& scores, int64_t i, int64_t pool, bool maximum) {
  double sum = 0, largest = 0;  // softmax sums are above 0
  for (int64_t j = i - pool / 2; j <= i + pool / 2; ++j) {
    if (j < 0 || j >= std::ssize(scores)) continue;
    sum += scores[j];
    largest = std::max(largest, scores[j]);
  }
  return maximum ? largest : sum / static_cast<double>(pool);
}

// One list a KV head, of the tokens before the window: what the window pays, summed over its
// queries, pooled within the query head, summed over the query heads of the group.
Lists naive_prefix_scores(const NaiveLayer& layer, const Positions& live, const Json& p,
                          int64_t kv_heads) {
  const int64_t window = p.at("window"), prefix = std::ssize(live) - window;
  if (prefix <= 0) return Lists(kv_heads);
  const at::Tensor weights = layer.probe_weights(live, window);  // [w, H, N]
  const auto paid = weights.accessor<double, 3>();
  const int64_t heads = weights.size(1);
  Lists scores(kv_heads, std::vector<double>(prefix, 0.0));
  for (int64_t head = 0; head < heads; ++head) {
    std::vector<double> sums(prefix, 0.0);
    for (int64_t i = 0; i < prefix; ++i) {
      for (int64_t query = 0; query < window; ++query) sums[i] += paid[query][head][live[i]];
    }
    for (int64_t i = 0; i < prefix; ++i) {
      scores[head / (heads / kv_heads)][i] +=
          naive_pooled_at(sums, i, p.at("pool"), p.at("pooling") == "max");
    }
  }
  return scores;
}

// The count - window highest of the prefix, ties to the lower index, and the window.
Positions naive_top_and_window(const std::vector<double>& scores, const Positions& live,
                               int64_t count, int64_t window) {
  Positions order = all_positions(std::ssize(scores));
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return scores[a] > scores[b]; });
  order.resize(std::max<int64_t>(0, count - window));
  std::sort(order.begin(), order.end());
  Positions kept;
  for (const int64_t i : order) kept.push_back(live[i]);
  kept.insert(kept.end(), live.end() - window, live.end());
  return kept;
}

// int(N x retain) up to and with the TSP layer; behind it int(living x retain / tsp_rate).
int64_t naive_cap(const Json& p, int64_t layer, int64_t living, int64_t n) {
  const bool shares = p.at("tsp_keep").is_number_float() && p.at("kv_keep").is_number_float();
  if (!shares || layer <= p.at("tsp_layer")) return naive_tokens(p.at("kv_keep"), n);
  const double rate = p.at("kv_keep").get<double>() / p.at("tsp_keep").get<double>();
  return static_cast<int64_t>(rate * static_cast<double>(living));
}

Outcome naive_fastkv(const Model& model, const Prompt& prompt, const Json& p) {
  const int64_t n = prompt.length(), window = p.at("window"), kv_heads = model.config.kv_heads;
  Outcome outcome;
  at::Tensor x = naive_embedding(model, prompt);
  Positions live = all_positions(n);
  for (int64_t l = 0; l < model.config.layers; ++l) {
    const NaiveLayer layer(model, l, x);
    const int64_t living = std::ssize(live), cap = naive_cap(p, l, living, n);
    const Lists scores = naive_prefix_scores(layer, live, p, kv_heads);
    LayerOutcome did{.attention = live, .ffn = live, .alive_after = live, .cached = live};
    if (std::max(cap, window) < living) {
      for (const std::vector<double>& head : scores) {
        did.cached_heads.push_back(naive_top_and_window(head, live, std::max(cap, window), window));
      }
      did.cached = did.cached_heads[0];
      if (kv_heads == 1) did.cached_heads.clear();
    }
    add_rows(x, live, layer.attention(live));
    add_rows(x, live, layer.ffn(x).clone());
    const int64_t tsp = std::max(naive_tokens(p.at("tsp_keep"), n), window);
    if (l == p.at("tsp_layer") && living >= cap && living > tsp) {
      std::vector<double> summed(scores[0].size(), 0.0);
      for (size_t i = 0; i < summed.size(); ++i) {
        for (const std::vector<double>& head : scores) summed[i] += head[i];
      }
      live = naive_top_and_window(summed, live, tsp, window);
    }
    did.alive_after = live;
    outcome.layers.push_back(did);
  }
  outcome.logits = naive_logits(model, x);
  return outcome;
}

TEST(FastKv, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("fastkv", naive_fastkv, shape,
                  R"({"tsp_layer": 3, "tsp_keep": 0.5, "kv_keep": 0.3})", 67);
    expect_equals("fastkv", naive_fastkv, shape,
                  R"({"tsp_layer": 0, "tsp_keep": 20, "kv_keep": 30})", 67);
  }
}

TEST(FastKv, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 2, 8, 9, 10, 31, 90}) {
    for (const char* params :
         {R"({"tsp_layer": 2, "tsp_keep": 0.4, "kv_keep": 0.2})",
          R"({"tsp_layer": 7, "tsp_keep": 12, "kv_keep": 1.0, "window": 3, "pool": 1})",
          R"({"tsp_layer": 4, "tsp_keep": 1.0, "kv_keep": 10, "pool": 3})",
          R"({"tsp_layer": 4, "tsp_keep": 1, "kv_keep": 1})"}) {
      expect_equals("fastkv", naive_fastkv, tiny_llama(), params, length);
    }
  }
}

// The authors' first version, whose runs have fixed counts.
TEST(FastKv, EqualsTheReferenceWithAveragePooling) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("fastkv", naive_fastkv, shape,
                  R"({"tsp_layer": 3, "tsp_keep": 30, "kv_keep": 14, "pooling": "avg"})", 67);
  }
}

TEST(FastKv, PoolingDecidesWhichTokensStayButNotHowMany) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  Json given = Json::parse(R"({"tsp_layer": 3, "tsp_keep": 30, "kv_keep": 14})");
  const Outcome maximum = run_method("fastkv", given, decoder, tiny_prompt(120));
  given["pooling"] = "avg";
  const Outcome average = run_method("fastkv", given, decoder, tiny_prompt(120));
  EXPECT_NE(maximum.layers[3].alive_after, average.layers[3].alive_after);
  EXPECT_EQ(maximum.layers[3].alive_after.size(), average.layers[3].alive_after.size());
}

// Of 67 tokens 33 go on; their caches hold floor(33 x (.3 / .5)), not floor(67 x .3).
TEST(FastKv, SharesBehindTheChosenLayerAreOfWhatLivesThere) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Json given = Json::parse(R"({"tsp_layer": 3, "tsp_keep": 0.5, "kv_keep": 0.3})");
  const Outcome outcome = run_method("fastkv", given, decoder, tiny_prompt(67));
  EXPECT_EQ(outcome.layers[3].cached.size(), 20u);
  EXPECT_EQ(outcome.layers[4].cached.size(), 19u);
}

TEST(FastKv, LeavesAPromptAloneThatIsShorterThanTheCache) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Json given = Json::parse(R"({"tsp_layer": 3, "tsp_keep": 12, "kv_keep": 30})");
  const auto alive = [&](int64_t length) {
    return run_method("fastkv", given, decoder, tiny_prompt(length)).layers[3].alive_after.size();
  };
  EXPECT_EQ(alive(29), 29u);
  EXPECT_EQ(alive(30), 12u);
}

TEST(FastKv, TheChoosingLayerRunsItsFfnForEveryone) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Json given = Json::parse(R"({"tsp_layer": 2, "tsp_keep": 20, "kv_keep": 12})");
  const Outcome outcome = run_method("fastkv", given, decoder, tiny_prompt(60));
  EXPECT_EQ(outcome.layers[2].ffn.size(), 60u);
  EXPECT_EQ(outcome.layers[2].alive_after.size(), 20u);
  EXPECT_EQ(outcome.layers[3].attention, outcome.layers[2].alive_after);
  EXPECT_EQ(outcome.layers[3].cached.size(), 12u);
}

TEST(FastKv, RefusesALayerThatTheModelLacks) {
  expect_refused("fastkv", R"({"tsp_layer": 8, "tsp_keep": 5, "kv_keep": 5})");
}

}  // namespace
}  // namespace skipbench::test
