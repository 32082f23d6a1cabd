#include "methods/fastkv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/base/error.h"
#include "tests/methods/support/naive_cache.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

Outcome naive_fastkv(const Model& model, const Prompt& prompt, const Json& p) {
  const int64_t n = prompt.length(), window = p.at("window");
  Outcome outcome;
  at::Tensor x = naive_embedding(model, prompt);
  Positions live = all_positions(n);
  for (int64_t l = 0; l < model.config.layers; ++l) {
    const NaiveLayer layer(model, l, x);
    const HeadScores scores =
        naive_window_scores(layer, live, window, p.at("pool"), "max", model.config.kv_heads);
    LayerOutcome did;
    did.attention = did.ffn = live;
    set_cached(did, naive_top_and_recent(scores, live, naive_tokens(p.at("kv_keep"), n), window));
    add_rows(x, live, layer.attention(live));
    add_rows(x, live, layer.ffn(x).clone());
    if (l == p.at("tsp_layer")) {
      const HeadScores summed = naive_group_sums(scores, 1);
      live = naive_top_and_recent(summed, live, naive_tokens(p.at("tsp_keep"), n), window)[0];
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
  const Json given = Json::parse(R"({"tsp_layer": 8, "tsp_keep": 5, "kv_keep": 5})");
  auto method = find_method("fastkv").make(resolved("fastkv", given));
  EXPECT_THROW(method->attach(tiny_model(tiny_llama()).config), InputError);
}

}  // namespace
}  // namespace skipbench::test
