#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/methods/support/reference.h"

namespace skipbench::test {
namespace {

Outcome naive_dash(const Model& model, const Prompt& prompt, const Json& p) {
  Outcome outcome;
  at::Tensor x = naive_embedding(model, prompt);
  const int64_t n = prompt.length(), layers = model.config.layers;
  const int64_t chosen = p.at("layer").is_null() ? layers * 4 / 10 : p.at("layer").get<int64_t>();
  Positions live = all_positions(n);
  for (int64_t l = 0; l < layers; ++l) {
    const NaiveLayer layer(model, l, x);
    const Positions entered = live;
    const at::Tensor change = layer.attention(live);
    add_rows(x, live, change);
    add_rows(x, live, layer.ffn(x).clone());
    if (l == chosen) {
      const double share = 1 - p.at("rho").get<double>();
      const auto count = static_cast<int64_t>(std::floor(share * static_cast<double>(n)));
      live = naive_top(norms(change), live, std::max<int64_t>(1, count), {n - 1});
    }
    outcome.layers.push_back({entered, entered, live, entered});
  }
  outcome.logits = naive_logits(model, x);
  return outcome;
}

TEST(Dash, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) expect_equals("dash", naive_dash, shape, "{}", 67);
}

TEST(Dash, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 2, 3, 4, 61, 120}) {
    expect_equals("dash", naive_dash, tiny_llama(), "{}", length);
    expect_equals("dash", naive_dash, tiny_llama(), "{}", length, 2);
  }
}

TEST(Dash, EqualsTheReferenceForOtherLayersAndShares) {
  for (const char* params :
       {R"({"layer": 0, "rho": 0.5})", R"({"layer": 5, "rho": 0.9})",
        R"({"layer": 7, "rho": 0.25})", R"({"layer": 2, "rho": 1})", R"({"layer": 2, "rho": 0})"}) {
    expect_equals("dash", naive_dash, tiny_llama(), params, 58);
    expect_equals("dash", naive_dash, tiny_shapes()[5], params, 58);
  }
}

TEST(Dash, FreezesAtTwoFifthsOfTheDepthUnlessToldOtherwise) {
  TinyShape shape = tiny_llama();
  shape.layers = 30;
  const Model model = tiny_model(shape);
  Decoder decoder(model);
  const Outcome outcome = run_method("dash", Json::object(), decoder, tiny_prompt(48));
  EXPECT_EQ(outcome.layers[11].alive_after.size(), 48u);
  EXPECT_EQ(outcome.layers[12].ffn.size(), 48u);
  EXPECT_EQ(outcome.layers[12].alive_after.size(), 15u);  // floor(.333 x 48)
  EXPECT_EQ(outcome.layers[13].cached.size(), 15u);
}

TEST(Dash, RefusesWhatDoesNotFit) {
  EXPECT_EQ(first_problem("dash", R"({"rho": 1.5})"), "rho");
  expect_refused("dash", R"({"layer": 8})");
}

}  // namespace
}  // namespace skipbench::test
