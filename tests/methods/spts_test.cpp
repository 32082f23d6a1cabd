#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/error.h"
#include "tests/methods/support/naive_spts.h"
#include "tests/methods/support/outcome.h"
#include "tests/methods/support/reference.h"
#include "tests/methods/support/tiny_model.h"
#include "tests/support/recorded_flops.h"

namespace skipbench::test {
namespace {

constexpr double kTolerance = 1e-4;

Json schedule() {
  return Json::parse(R"({"full_layers": 2, "stage_ends": [3, 5], "budgets": [0.6, 0.4],
                         "prune_step": 0.1, "d_low": 24, "rank": 8})");
}

Json schedule_with(const char* changes) {
  Json params = schedule();
  params.update(Json::parse(changes));
  return params;
}

void expect_equals_reference(const TinyShape& shape, const Json& given, int64_t length) {
  const Model model = tiny_model(shape);
  Decoder decoder(model);
  const Prompt prompt = tiny_prompt(length);
  expect_same(run_method("spts", given, decoder, prompt),
              naive_spts(model, prompt, resolved("spts", given)), kTolerance);
}

struct Variant {
  std::string name;
  const char* changes;
};

std::vector<Variant> variants() {
  return {
      {"Published", R"({})"},
      {"PapOnly", R"({"ltp": false, "msdp": false})"},
      {"LtpOnly", R"({"pap": false, "msdp": false})"},
      {"MsdpOnly", R"({"pap": false, "ltp": false})"},
      {"PapLtp", R"({"msdp": false})"},
      {"PapMsdp", R"({"ltp": false})"},
      {"LtpMsdp", R"({"pap": false})"},
      {"NothingOn", R"({"pap": false, "ltp": false, "msdp": false})"},
      {"ShrinkByCandidates", R"({"shrink": "candidates"})"},
      {"ShrinkByCandidatesMsdpOnly", R"({"shrink": "candidates", "pap": false, "ltp": false})"},
      {"FourQueries", R"({"probe_queries": 4})"},
      {"MoreQueriesThanTokens", R"({"probe_queries": 1000})"},
      {"ProtectedEnds", R"({"protect_first": 3, "protect_last": 5})"},
      {"ProtectedMoreThanBudget", R"({"budgets": [4, 3], "protect_first": 3, "protect_last": 5})"},
      {"Union", R"({"force": "union", "protect_first": 2, "protect_last": 4})"},
      {"NotDelayed", R"({"delayed": false})"},
      {"NotDelayedFewerFfnRows", R"({"delayed": false, "ffn_budgets": [0.5, 0.3]})"},
      {"NotDelayedByCandidates", R"({"delayed": false, "shrink": "candidates"})"},
      {"NotDelayedLtpOnly", R"({"delayed": false, "pap": false})"},
      {"VisibleCandidates", R"({"visible": "candidates"})"},
      {"VisibleCandidatesNotDelayed", R"({"visible": "candidates", "delayed": false})"},
      {"ProbeOfLayerBefore", R"({"probe_layer": "previous"})"},
      {"ProbeOfLayerBeforeNoFullLayer", R"({"probe_layer": "previous", "full_layers": 0})"},
      {"FfnBudgets", R"({"ffn_budgets": [0.3, 0.9]})"},
      {"FfnBudgetsWithFinal", R"({"ffn_budgets": [0.3, 0.9, 0.2]})"},
      {"FinalBudget", R"({"final_budget": 7})"},
      {"TokenCounts", R"({"budgets": [30, 0.3], "prune_step": 5})"},
      {"BudgetsBelowOne", R"({"budgets": [0.001, 0.001], "prune_step": 20})"},
      {"StagesToTheLastLayer", R"({"stage_ends": [3, 7]})"},
      {"OtherProxy", R"({"d_low": 40, "rank": 32, "top_rho": 1})"},
      {"EverythingUnusual",
       R"({"shrink": "candidates", "probe_queries": 3, "probe_layer": "previous",
           "protect_first": 2, "force": "union", "ffn_criterion": "delta", "delayed": false,
           "visible": "candidates", "ffn_budgets": [0.4, 0.2, 0.1]})"},
      {"CriterionLtpUnweighted", R"({"ffn_criterion": "ltp-unweighted"})"},
      {"CriterionAttention", R"({"ffn_criterion": "attention"})"},
      {"CriterionHiddenNorm", R"({"ffn_criterion": "hnorm"})"},
      {"CriterionHiddenNormInverse", R"({"ffn_criterion": "hnorm-inv"})"},
      {"CriterionDelta", R"({"ffn_criterion": "delta", "pap": false})"},
      {"CriterionDeltaOfActive", R"({"ffn_criterion": "delta", "ffn_budgets": [0.3, 0.1]})"},
      {"CriterionOracle", R"({"ffn_criterion": "oracle"})"},
      {"CriterionOracleUnweighted", R"({"ffn_criterion": "oracle-unweighted"})"},
      {"CriterionFixedStride", R"({"ffn_criterion": "fixed-stride"})"},
      {"CriterionFixedRecency", R"({"ffn_criterion": "fixed-recency"})"},
  };
}

class SptsVariant : public testing::TestWithParam<Variant> {};

TEST_P(SptsVariant, EqualsTheReferenceInEveryLayer) {
  expect_equals_reference(tiny_llama(), schedule_with(GetParam().changes), 67);
}

INSTANTIATE_TEST_SUITE_P(Spts, SptsVariant, testing::ValuesIn(variants()),
                         [](const auto& test) { return test.param.name; });

class SptsShape : public testing::TestWithParam<TinyShape> {};

TEST_P(SptsShape, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 2, 7, 64, 65}) {
    SCOPED_TRACE(length);
    expect_equals_reference(GetParam(), schedule(), length);
  }
}

TEST_P(SptsShape, EqualsTheReferenceWithoutTheNewestSignal) {
  expect_equals_reference(
      GetParam(), schedule_with(R"({"probe_layer": "previous", "visible": "candidates"})"), 40);
}

INSTANTIATE_TEST_SUITE_P(Spts, SptsShape, testing::ValuesIn(tiny_shapes()),
                         [](const auto& test) { return test.param.name; });

TEST(Spts, AllButOneTokenEqualsTheReference) {
  expect_equals_reference(tiny_llama(), schedule_with(R"({"budgets": [32, 32], "prune_step": 0})"),
                          33);
}

TEST(Spts, RandomRowsForTheFfnLeadToTheReferencesLogits) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Prompt prompt = tiny_prompt(50);
  const Json given = schedule_with(R"({"ffn_criterion": "random"})");
  const Outcome actual = run_method("spts", given, decoder, prompt);
  std::vector<Positions> drawn;
  for (const LayerOutcome& layer : actual.layers) drawn.push_back(layer.ffn);
  expect_same(actual, naive_spts(model, prompt, resolved("spts", given), drawn), kTolerance);
}

TEST(Spts, KeepsTheLastTokenWhenItsScoreIsLow) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Json given = schedule_with(R"({"budgets": [2, 1], "ffn_criterion": "hnorm-inv"})");
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const Outcome outcome = run_method("spts", given, decoder, tiny_prompt(40, seed));
    for (const LayerOutcome& layer : outcome.layers) {
      EXPECT_EQ(layer.attention.back(), 39);
      EXPECT_EQ(layer.ffn.back(), 39);
      EXPECT_EQ(layer.alive_after.back(), 39);
    }
  }
}

TEST(Spts, AttentionAsCriterionRunsTheFfnOnTheAttentionRows) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  for (const char* criterion : {"attention", "delta"}) {
    Json given = schedule();
    given["ffn_criterion"] = criterion;
    for (const LayerOutcome& layer : run_method("spts", given, decoder, tiny_prompt(60)).layers) {
      EXPECT_EQ(layer.ffn, layer.attention) << criterion;
    }
  }
}

TEST(Spts, RefusesAScheduleDeeperThanTheModel) {
  const Json params = resolved("spts", schedule_with(R"({"stage_ends": [3, 8]})"));
  try {
    find_method("spts").make(params, tiny_model(tiny_llama()).config);
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("stage_ends[1] = 8"));
    EXPECT_THAT(error.what(), testing::HasSubstr("at most 7"));
  }
}

TEST(Spts, RefusesAProxyLargerThanTheFfn) {
  for (const char* changes : {R"({"d_low": 81})", R"({"d_low": 64, "rank": 33})"}) {
    expect_refused("spts", schedule_with(changes).dump());
  }
}

struct BadParameters {
  const char *changes, *key, *expected;
};

TEST(Spts, RefusesListsThatDisagree) {
  const std::vector<BadParameters> cases = {
      {R"({"stage_ends": [3]})", "budgets", "got 2 for 1 stage_ends"},
      {R"({"stage_ends": []})", "stage_ends", "at least one stage"},
      {R"({"stage_ends": [5, 3]})", "stage_ends[1]", "at least 6"},
      {R"({"stage_ends": [1, 3]})", "stage_ends[0]", "at least 2"},
      {R"({"ffn_budgets": [0.5]})", "ffn_budgets", "expected 2 (one a stage) or 3"},
      {R"({"rank": 25})", "rank", "at most d_low = 24"},
      {R"({"budgets": [0.5, 1.2]})", "budgets[1]", "got 1.2"},
      {R"({"protect_last": 0})", "protect_last", "at least 1"},
      {R"({"ffn_criterion": "oracel"})", "ffn_criterion", "did you mean 'oracle'?"},
      {R"({"budget": 3})", "budget", "did you mean 'budgets'?"}};
  for (const BadParameters& bad : cases) {
    std::vector<ParameterProblem> problems;
    find_method("spts").resolve(schedule_with(bad.changes), problems);
    ASSERT_FALSE(problems.empty()) << bad.changes;
    EXPECT_EQ(problems[0].key, bad.key);
    EXPECT_THAT(problems[0].message, testing::HasSubstr(bad.expected));
  }
}

TEST(Spts, CountsTheFlopsThatLibTorchRecorded) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  for (const char* changes :
       {R"({})", R"({"ltp": false, "msdp": false})", R"({"pap": false, "msdp": false})",
        R"({"pap": false, "ltp": false})", R"({"visible": "candidates"})",
        R"({"ffn_criterion": "oracle"})", R"({"delayed": false})"}) {
    const auto method = ready_method("spts", schedule_with(changes), decoder);
    for (const int64_t length : {7, 65, 300}) {
      const skipbench::test::RecordedFlops recorded;
      const Sequence sequence = decoder.prefill(tiny_prompt(length), *method);
      EXPECT_EQ(sequence.work.total(), recorded.total()) << changes << " " << length;
      EXPECT_LT(recorded.total(), full_prefill_flops(model.config, length)) << changes;
    }
  }
}

TEST(Spts, ProbesOnlyWhereSomethingDependsOnTheScores) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto probe_flops = [&](const char* changes) {
    const auto method = ready_method("spts", schedule_with(changes), decoder);
    return decoder.prefill(tiny_prompt(50), *method).work.flops(WorkKind::kProbe);
  };
  const int64_t one_probe = 2 * 50 * model.config.query_heads * model.config.head_size;
  EXPECT_EQ(probe_flops(R"({"pap": false, "ltp": false, "msdp": false})"), 0);
  EXPECT_EQ(probe_flops(R"({"budgets": [1.0, 1.0], "prune_step": 0})"), 0);
  EXPECT_EQ(probe_flops(R"({"ltp": false, "msdp": false})"), 6 * one_probe);
  EXPECT_EQ(probe_flops(R"({"pap": false, "msdp": false, "ffn_criterion": "hnorm"})"), 0);
}

TEST(Spts, AsksForTheAttentionOutputOnlyWhereTheFfnIsChosenByIt) {
  const auto layers = [](const char* changes) {
    return find_method("spts")
        .make(resolved("spts", schedule_with(changes)), tiny_model(tiny_llama()).config)
        ->needs()
        .attention_output;
  };
  EXPECT_THAT(layers(R"({"ffn_criterion": "delta"})"), testing::Contains(2));
  EXPECT_THAT(layers(R"({"ffn_criterion": "delta", "ltp": false})"), testing::IsEmpty());
  EXPECT_THAT(layers("{}"), testing::IsEmpty());
}

}  // namespace
}  // namespace skipbench::test
