#include "harness/experiment/search_entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/experiment/support/experiment_text.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::UnorderedElementsAre;

// Line 6 is the entry's clause; its keys begin at column 5.
std::string with(const std::string& clause) {
  return "experiment: e\nmodel: smollm2-135m\ntasks: [{task: needle, lengths: [256]}]\n"
         "methods: [{method: full}, {\n  method: spts, preset: smollm2-135m,\n    " +
         clause + "}]\n";
}

std::string problems(const std::string& clause) {
  return ExperimentText(with(clause)).problems();
}

TEST(SearchEntry, ReadsALimitWithItsDefaults) {
  const Experiment experiment =
      ExperimentText(with("search: {target: score_drop <= 1.5, over: budgets}")).load();
  EXPECT_THAT(experiment.methods, SizeIs(1));
  ASSERT_THAT(experiment.searches, SizeIs(1));
  const SearchSpec& search = experiment.searches[0];
  EXPECT_EQ(search.method.label, "spts smollm2-135m");
  EXPECT_EQ(search.goal.text(), "score_drop <= 1.5");
  EXPECT_EQ(search.parameter, "budgets");
  EXPECT_FALSE(search.low || search.high);
  EXPECT_EQ(search.samples, 0);
}

TEST(SearchEntry, ReadsAnAlignmentAndItsRange) {
  const Experiment experiment =
      ExperimentText(with("align: {to: kv_ratio, value: 0.5, scale: budgets, tolerance: 0.01, "
                          "low: 0.2, high: 3, steps: 7, samples: 4}"))
          .load();
  ASSERT_THAT(experiment.searches, SizeIs(1));
  const SearchSpec& search = experiment.searches[0];
  EXPECT_EQ(search.goal.text(), "kv_ratio = 0.5 ± 0.01");
  EXPECT_EQ(search.low, 0.2);
  EXPECT_EQ(search.high, 3);
  EXPECT_EQ(search.steps, 7);
  EXPECT_EQ(search.samples, 4);
}

TEST(SearchEntry, OfASweepSearchesEachLabel) {
  const Experiment experiment =
      ExperimentText(with("sweep: {ltp: [true, false]}, label: \"ltp={ltp}\", "
                          "search: {target: kl <= 1, over: budgets}"))
          .load();
  ASSERT_THAT(experiment.searches, SizeIs(2));
  EXPECT_EQ(experiment.searches[1].method.label, "ltp=false");
  EXPECT_EQ(experiment.searches[1].method.overrides.at("ltp"), false);
}

std::vector<Saving> least_of(const std::string& entry) {
  const std::string file =
      "experiment: e\nmodel: smollm2-135m\ntasks: [{task: needle, lengths: [256]}]\n"
      "methods: [{method: full}, {" +
      entry + "}]\n";
  return ExperimentText(file).load().searches.at(0).goal.least;
}

TEST(SearchEntry, LooksForTheLeastOfWhatTheParametersMethodSaves) {
  using enum Saving;
  const std::string target = ", search: {target: kl <= 1, over: ";
  const std::string spts =
      "method: spts, preset: smollm2-135m, then: {method: snapkv, "
      "preset: kvpress}" +
      target;
  EXPECT_THAT(least_of("method: snapkv, preset: kvpress" + target + "keep}"), ElementsAre(kCache));
  EXPECT_THAT(least_of("method: streamingllm, params: {keep: 0.5}" + target + "keep}"),
              ElementsAre(kCache));
  EXPECT_THAT(least_of(spts + "budgets}"), ElementsAre(kPrefillWork));
  EXPECT_THAT(least_of(spts + "then.keep}"), ElementsAre(kCache));
  EXPECT_THAT(least_of("method: fastkv, params: {tsp_layer: 18, tsp_keep: 0.3, kv_keep: 0.3}" +
                       target + "kv_keep}"),
              UnorderedElementsAre(kCache, kPrefillWork));
  EXPECT_THAT(least_of("method: ffn_skipllm, params: {threshold: 0.9}" + target + "threshold}"),
              ElementsAre(kDecodeFfns));
  EXPECT_THAT(least_of("method: snapkv, preset: kvpress" + target + "keep, least: decode_rows}"),
              ElementsAre(kDecodeRows));
}

TEST(SearchEntry, NamesThePlaceOfEveryProblem) {
  EXPECT_EQ(problems("search: {target: kll <= 1, over: budget}"),
            "e.yaml:6:22: unknown figure 'kll'; did you mean 'kl'?\n"
            "e.yaml:6:38: spts has no parameter 'budget' that can be scaled; did you mean "
            "'budgets'?");
  EXPECT_THAT(problems("search: {taget: kl <= 1, over: budgets}"),
              HasSubstr("e.yaml:6:14: unknown key 'taget' in 'search'; did you mean 'target'?"));
  EXPECT_EQ(problems("search: {target: kl <= 1, over: budgets, least: prefil_work}"),
            "e.yaml:6:53: unknown saving 'prefil_work'; did you mean 'prefill_work'?");
  EXPECT_THAT(problems("search: {target: kl <= 1}"),
              HasSubstr("e.yaml:6:13: 'search' needs the key 'over'"));
  EXPECT_THAT(problems("search: {target: kl <= 1, over: probe_layer}"),
              HasSubstr("e.yaml:6:37: the parameter 'probe_layer' of spts is a word"));
  EXPECT_THAT(problems("align: {to: ideal_speed, value: 2, scale: budgets}"),
              HasSubstr("e.yaml:6:17: unknown figure 'ideal_speed'; did you mean"));
  EXPECT_THAT(problems("align: {to: kv_ratio, scale: budgets}"),
              HasSubstr("e.yaml:6:12: 'align' needs the key 'value'"));
  EXPECT_THAT(problems("align: {to: kv_ratio, value: half, scale: budgets}"),
              HasSubstr("'value' is \"half\"; expected a number from 0.001 to 1000"));
  EXPECT_THAT(problems("search: {target: kl <= 1, over: budgets, low: 2, high: 1}"),
              HasSubstr("'low' is 2 and 'high' is 1; expected low below high"));
  EXPECT_THAT(problems("search: {target: kl <= 1, over: budgets, steps: 2}"),
              HasSubstr("'steps' is 2; expected a whole number of at least 3"));
  EXPECT_THAT(problems("align: {to: speedup_ttft, value: 2, scale: budgets, samples: 2}"),
              HasSubstr("'samples' is for counted figures"));
  EXPECT_THAT(problems("search: {target: kl <= 1, over: budgets}, align: {}"),
              HasSubstr("an entry has 'search' or 'align', not both"));
  EXPECT_THAT(problems("search: {target: kl <= 1, over: budgets}, "
                       "sweep: {budgets: [[0.5, 0.5, 0.5]]}"),
              HasSubstr("'budgets' is an axis of 'sweep' too"));
}

TEST(SearchEntry, CannotBeTheBaseline) {
  EXPECT_THAT(ExperimentText("experiment: e\nmodel: smollm2-135m\n"
                             "tasks: [{task: needle, lengths: [256]}]\nmethods:\n"
                             "  - {method: spts, preset: smollm2-135m,"
                             " search: {target: kl <= 1, over: budgets}}\n")
                  .problems(),
              HasSubstr("no 'baseline'"));
}

}  // namespace
}  // namespace skipbench
