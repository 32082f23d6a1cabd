#include "harness/search/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Probe tried(double factor, double value, double standard_error) {
  return {.factor = factor,
          .value = value,
          .standard_error = standard_error,
          .ideal_speedup = 2 - factor / 2};
}

// Both ends and two settings between them.
SearchRecord example() {
  SearchRecord record;
  record.model = "smollm2-135m";
  record.search = "SPTS";
  record.goal = parse_target("answer_nll_increase <= 0.05");
  record.parameter = "budgets";
  record.labels = {"SPTS budgets x 2", "SPTS budgets x 0.5", "SPTS budgets x 1",
                   "SPTS budgets x 0.7071"};
  record.probes = {tried(2, 0.001, 0.001), tried(0.5, 0.4, 0.01), tried(1, 0.03, 0.004),
                   tried(0.7071, 0.09, 0.01)};
  record.conclusion = {Verdict::kFound, 2};
  return record;
}

TEST(SearchRecord, TellsTheChoiceWithItsValueAndNoise) {
  EXPECT_THAT(sentences(example()),
              ElementsAre("search 'SPTS' on smollm2-135m, answer_nll_increase <= 0.05: chosen "
                          "'SPTS budgets x 1' (least prefill_work): budgets x 1 (0.03 ± 0.004) (4 "
                          "settings tried)"));
}

TEST(SearchRecord, SaysWhatWasDoneToThePreset) {
  SearchRecord record = example();
  record.preset_note = "preset scaled from qwen2.5-7b (28 layers) to 24 layers";
  EXPECT_EQ(sentences(record)[1], "'SPTS': preset scaled from qwen2.5-7b (28 layers) to 24 layers");
}

TEST(SearchRecord, SaysWhenTheLimitIsWithinTheNoise) {
  SearchRecord record = example();
  record.probes[2].standard_error = 0.03;
  ASSERT_EQ(sentences(record).size(), 2u);
  EXPECT_THAT(sentences(record)[1], HasSubstr("within one standard error"));
}

TEST(SearchRecord, SaysThatNothingHoldsAndHowNearItCame) {
  SearchRecord record = example();
  record.goal.value = 0.0005;
  record.conclusion = {Verdict::kUnreachable};
  EXPECT_EQ(record.chosen(), "");
  EXPECT_THAT(sentences(record)[0],
              HasSubstr("nothing chosen: the target is missed even at the loosest setting, the "
                        "nearest is budgets x 2 (0.001 ± 0.001)"));
}

TEST(SearchRecord, SaysThatTheTargetHoldsAtTheTightest) {
  SearchRecord record = example();
  record.goal.value = 1;
  record.conclusion = {Verdict::kHoldsAtEnd, 1};
  EXPECT_THAT(sentences(record)[0], HasSubstr("holds even at the tightest setting"));
}

TEST(SearchRecord, SaysWhenTheFigureDoesNotMoveOneWay) {
  SearchRecord record = example();
  record.probes[3].value = 0.9;
  ASSERT_EQ(sentences(record).size(), 2u);
  EXPECT_THAT(sentences(record)[1],
              HasSubstr("does not move one way alone, so that another setting may serve as well: "
                        "budgets x 0.5 (0.4 ± 0.01) to budgets x 0.7071 (0.9 ± 0.01)"));
}

TEST(SearchRecord, SaysWhenItsStepsWereSpent) {
  SearchRecord record = example();
  record.conclusion.out_of_steps = true;
  EXPECT_THAT(sentences(record)[1], HasSubstr("stopped after 4 steps"));
}

TEST(SearchRecord, ListsItsSettingsInTheOrderInWhichTheyWereTried) {
  const std::string table = steps_table(example());
  EXPECT_THAT(table, HasSubstr("SPTS budgets x 2          1.000x  holds      0.001 ± 0.001\n"));
  EXPECT_THAT(table, HasSubstr("SPTS budgets x 0.7071     1.646x  too much   0.09 ± 0.01\n"));
  EXPECT_LT(table.find("x 2 "), table.find("x 0.5 "));
}

TEST(SearchRecord, OfARunIsFoundAgainByReports) {
  const Json config{{"seed", 0}, {"searches", Json::array({search_json(example())})}};
  const std::vector<SearchResult> results = search_results(Json::parse(config.dump()));
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].model, "smollm2-135m");
  EXPECT_EQ(results[0].chosen, "SPTS budgets x 1");
  EXPECT_EQ(results[0].labels, example().labels);
  EXPECT_EQ(results[0].sentences, sentences(example()));
  EXPECT_THAT(search_results(Json{{"seed", 0}}), IsEmpty());
}

TEST(SearchRecord, NamesTheSavingThatItsSettingsWereComparedBy) {
  SearchRecord record = example();
  record.goal.least = {Saving::kPrefillWork, Saving::kCache};
  record.probes[1].kv_ratio = 0.1;
  EXPECT_EQ(search_json(record).at("least"), "cache");
  EXPECT_THAT(sentences(record)[0], HasSubstr("'SPTS budgets x 1' (least cache)"));
  EXPECT_THAT(steps_table(record), HasSubstr("SPTS budgets x 0.5         10.0%  too much"));
  record.goal.kind = Goal::Kind::kEqual;
  EXPECT_EQ(search_json(record).at("least"), nullptr);
}

TEST(SearchRecord, SaysThatNoSettingSavesMoreThanAnother) {
  SearchRecord record = example();
  record.goal.least = {Saving::kDecodeFfns};
  record.conclusion = {Verdict::kNothingSaved};
  EXPECT_EQ(record.chosen(), "");
  EXPECT_THAT(sentences(record)[0], HasSubstr("nothing chosen: both ends"));
  EXPECT_THAT(sentences(record)[0], HasSubstr("decode_ffns"));
}

// As databases hold it that were written before settings were compared by anything but FLOPs.
TEST(SearchRecord, OfAnEarlierVersionIsReadAsItWas) {
  const Json config = Json::parse(R"({"searches": [{
    "model": "smollm2-135m", "search": "SPTS", "goal": "kl <= 1", "parameter": "budgets",
    "low": 0.1, "high": 2.0, "chosen": "SPTS budgets x 2", "sentences": ["search 'SPTS' ..."],
    "steps": [{"label": "SPTS budgets x 2", "factor": 2.0, "value": 0.5, "standard_error": null,
               "ideal_speedup": 1.5, "kv_ratio": 0.5, "why": ""}]}]})");
  const std::vector<SearchResult> results = search_results(config);
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].chosen, "SPTS budgets x 2");
  EXPECT_THAT(results[0].labels, ElementsAre("SPTS budgets x 2"));
  EXPECT_THAT(results[0].sentences, ElementsAre("search 'SPTS' ..."));
}

}  // namespace
}  // namespace skipbench
