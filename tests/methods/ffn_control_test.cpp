#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "methods/selection/ffn_criterion_names.h"
#include "tests/methods/support/naive_spts.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

Json schedule(const std::string& criterion) {
  Json params = Json::parse(R"({"full_layers": 2, "stage_ends": [3, 5], "budgets": [0.6, 0.4],
                                "final_budget": 9, "d_low": 24, "rank": 8})");
  params["criterion"] = criterion;
  return params;
}

// The same settings for SPTS with attention on all tokens and no pruning.
Json as_spts(Json params) {
  params["ffn_criterion"] = params["criterion"];
  params.erase("criterion");
  params.update(Json{{"pap", false}, {"msdp", false}});
  return params;
}

class FfnControlCriterion : public testing::TestWithParam<std::string> {};

TEST_P(FfnControlCriterion, EqualsTheReference) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Prompt prompt = tiny_prompt(61);
  const Json given = schedule(GetParam());
  const Outcome actual = run_method("ffn_control", given, decoder, prompt);
  std::vector<Positions> drawn;  // a random selection is taken as drawn
  for (const LayerOutcome& layer : actual.layers) drawn.push_back(layer.ffn);
  expect_same(actual, naive_spts(model, prompt, resolved("spts", as_spts(given)), drawn), 1e-4);
}

TEST_P(FfnControlCriterion, RunsTheBudgetAndAlwaysTheLastToken) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Outcome outcome = run_method("ffn_control", schedule(GetParam()), decoder, tiny_prompt(61));
  const std::vector<size_t> expected = {61, 61, 36, 36, 24, 24, 9, 9};
  for (size_t l = 0; l < expected.size(); ++l) {
    EXPECT_EQ(outcome.layers[l].attention.size(), 61u);
    EXPECT_EQ(outcome.layers[l].cached.size(), 61u);
    EXPECT_EQ(outcome.layers[l].ffn.size(), expected[l]);
    EXPECT_EQ(outcome.layers[l].ffn.back(), 60);
  }
}

INSTANTIATE_TEST_SUITE_P(FfnControl, FfnControlCriterion, testing::ValuesIn(ffn_criterion_names()),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(FfnControl, RandomRowsDependOnPromptAndLayerAndOnNothingElse) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Json given = schedule("random");
  Prompt prompt = tiny_prompt(61);
  const Outcome first = run_method("ffn_control", given, decoder, prompt);
  const Outcome again = run_method("ffn_control", given, decoder, prompt);
  prompt.seed = 99;
  const Outcome other = run_method("ffn_control", given, decoder, prompt);
  EXPECT_EQ(first.layers[2].ffn, again.layers[2].ffn);
  EXPECT_NE(first.layers[2].ffn, first.layers[3].ffn);
  EXPECT_NE(first.layers[2].ffn, other.layers[2].ffn);
}

TEST(FfnControl, RandomRowsAreEvenlySpread) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method("ffn_control", schedule("random"), decoder);
  constexpr int kPrompts = 200;
  std::vector<int> times(60, 0);  // how often layers 2 and 3 chose a token, the last one aside
  for (int seed = 0; seed < kPrompts; ++seed) {
    Prompt prompt = tiny_prompt(61);
    prompt.seed = static_cast<uint64_t>(seed);
    const Outcome outcome =
        outcome_of(decoder.prefill(prompt, *method, {.record_positions = true}));
    for (const int64_t layer : {2, 3}) {
      for (const int64_t position : outcome.layers[layer].ffn) {
        if (position < 60) ++times[position];
      }
    }
  }
  // 35 of 60 tokens in each of 400 draws: mean 233, deviation 9.9; five deviations to each side.
  EXPECT_THAT(times, testing::Each(testing::AllOf(testing::Ge(184), testing::Le(282))));
}

TEST(FfnControl, FixedStrideTakesEvenlySpacedRanks) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  Json given = schedule("fixed-stride");
  given["budgets"] = {4, 4};
  const Outcome outcome = run_method("ffn_control", given, decoder, tiny_prompt(10));
  // floor(i * 10 / 4) is 0, 2, 5, 7; the last token takes the place of the last of them.
  EXPECT_EQ(outcome.layers[2].ffn, (Positions{0, 2, 5, 9}));
}

}  // namespace
}  // namespace skipbench::test
