#include "harness/report/judge/pareto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/stored_rows.h"

namespace skipbench {
namespace {

using testing::ElementsAre;

struct Figures {
  double value, low, high;
};

// A cell of 8 samples whose score (points above the baseline) and speed-up are known.
JudgedCell cell(const std::string& label, Figures score, Figures speed) {
  JudgedCell cell;
  cell.record.plan = example_cell(label, 0);
  cell.state = CellState::kActive;
  CellSummary& s = cell.record.summary;
  s.n = 8;
  s.metrics.resize(1);
  s.metrics[0].score = 50 + score.value;
  s.metrics[0].score_delta = score.value;
  s.metrics[0].score_delta_low = score.low;
  s.metrics[0].score_delta_high = score.high;
  s.speedup_ttft = speed.value;
  s.speedup_ttft_low = speed.low;
  s.speedup_ttft_high = speed.high;
  return cell;
}

JudgedCell baseline() {
  JudgedCell full = cell("full", {0, 0, 0}, {1, 1, 1});
  full.state = CellState::kReference;
  return full;
}

std::vector<std::string_view> fronts(std::vector<JudgedCell> cells) {
  ModelCells model{"demo", "smollm2-135m", std::move(cells), {}, {}};
  find_fronts(model);
  std::vector<std::string_view> names;
  for (const JudgedCell& each : model.cells) names.push_back(front_name(each.front));
  return names;
}

TEST(Pareto, IsDominatedByWhatIsClearlyBetterInBoth) {
  EXPECT_THAT(fronts({baseline(), cell("good", {-1, -2, -0.5}, {2, 1.9, 2.1}),
                      cell("bad", {-9, -11, -7}, {1.5, 1.4, 1.6})}),
              ElementsAre("front", "front", "dominated"));
}

TEST(Pareto, IsNearTheFrontWhereAnIntervalDoesNotTell) {
  EXPECT_THAT(fronts({baseline(), cell("good", {-1, -4, 2}, {2, 1.9, 2.1}),
                      cell("worse", {-3, -6, 0}, {1.5, 1.4, 1.6})}),
              ElementsAre("front", "front", "near"));
  EXPECT_THAT(fronts({baseline(), cell("good", {-1, -2, -0.5}, {2, 1.5, 2.5}),
                      cell("slower", {-9, -11, -7}, {1.9, 1.4, 2.4})}),
              ElementsAre("front", "front", "near"));
}

TEST(Pareto, BetterInOneAloneDominatesNothing) {
  EXPECT_THAT(fronts({baseline(), cell("fast", {-9, -11, -7}, {3, 2.9, 3.1}),
                      cell("exact", {-1, -2, -0.5}, {1.5, 1.4, 1.6})}),
              ElementsAre("front", "front", "front"));
}

TEST(Pareto, EqualInOneAndWorseInTheOtherIsOffTheFrontButNotForCertain) {
  EXPECT_THAT(fronts({baseline(), cell("a", {-1, -2, -0.5}, {2, 1.9, 2.1}),
                      cell("b", {-1, -2, -0.5}, {1.5, 1.4, 1.6})}),
              ElementsAre("front", "front", "near"));
  EXPECT_THAT(fronts({baseline(), cell("a", {-1, -2, -0.5}, {2, 1.9, 2.1}),
                      cell("b", {-3, -4, -2.5}, {2, 1.9, 2.1})}),
              ElementsAre("front", "front", "near"));
}

TEST(Pareto, OfEqualOnesNoneIsDominated) {
  EXPECT_FALSE(dominates({1, 2}, {1, 2}));
  EXPECT_THAT(fronts({baseline(), cell("a", {-1, -2, -0.5}, {2, 1.9, 2.1}),
                      cell("b", {-1, -2, -0.5}, {2, 1.9, 2.1})}),
              ElementsAre("front", "front", "front"));
}

TEST(Pareto, WithoutIntervalsNothingIsDominatedForCertain) {
  JudgedCell worse = cell("worse", {-9, 0, 0}, {1.5, 0, 0});
  worse.record.summary.metrics[0].score_delta_high.reset();
  EXPECT_THAT(fronts({baseline(), cell("good", {-1, -2, -0.5}, {2, 1.9, 2.1}), worse}),
              ElementsAre("front", "front", "near"));
}

TEST(Pareto, FullAttentionIsDominatedByAFasterMethodThatScoresMore) {
  EXPECT_THAT(fronts({baseline(), cell("better", {3, 1, 5}, {2, 1.9, 2.1}),
                      cell("other", {-9, -11, -7}, {3, 2.9, 3.1})}),
              ElementsAre("dominated", "front", "front"));
}

TEST(Pareto, TakesTheLossWhereThereIsNoScore) {
  const auto loss = [](const char* label, Figures increase, Figures speed) {
    JudgedCell each = cell(label, {0, 0, 0}, speed);
    CellSummary& s = each.record.summary;
    s.metrics.clear();
    s.answer_nll_mean = 1 + increase.value;
    s.answer_nll_delta = increase.value;
    s.answer_nll_delta_low = increase.low;
    s.answer_nll_delta_high = increase.high;
    return each;
  };
  EXPECT_THAT(
      fronts({loss("full", {0, 0, 0}, {1, 1, 1}), loss("good", {0.1, 0, 0.2}, {2, 1.9, 2.1}),
              loss("bad", {0.9, 0.8, 1}, {1.5, 1.4, 1.6})}),
      ElementsAre("front", "front", "dominated"));
}

TEST(Pareto, LeavesOutWhatHasFewerSamplesOrNoFigures) {
  JudgedCell incomplete = cell("incomplete", {9, 8, 10}, {9, 8, 10});
  incomplete.state = CellState::kIncomplete;
  incomplete.record.summary.n = 7;
  JudgedCell inactive = cell("inactive", {9, 8, 10}, {9, 8, 10});
  inactive.state = CellState::kInactive;
  EXPECT_THAT(fronts({baseline(), cell("a", {-1, -2, -0.5}, {2, 1.9, 2.1}),
                      cell("b", {-2, -3, -1.5}, {3, 2.9, 3.1}), incomplete, inactive}),
              ElementsAre("front", "front", "front", "", ""));
}

TEST(Pareto, TooFewSamplesHaveNoFront) {
  std::vector<JudgedCell> cells{baseline(), cell("a", {-1, -2, -0.5}, {2, 1.9, 2.1}),
                                cell("b", {-2, -3, -1.5}, {3, 2.9, 3.1})};
  for (JudgedCell& each : cells) each.record.summary.n = kFewestSamples;
  EXPECT_THAT(fronts(cells), ElementsAre("front", "front", "front"));
  for (JudgedCell& each : cells) each.record.summary.n = kFewestSamples - 1;
  EXPECT_THAT(fronts(cells), ElementsAre("", "", ""));
}

TEST(Pareto, NeedsThreeLabelsOfATask) {
  EXPECT_THAT(fronts({baseline(), cell("a", {-1, -2, -0.5}, {2, 1.9, 2.1})}), ElementsAre("", ""));
}

}  // namespace
}  // namespace skipbench
