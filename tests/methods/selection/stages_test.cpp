#include "methods/selection/stages.h"

#include <gtest/gtest.h>

#include <vector>

namespace skipbench {
namespace {

StageParameters example() {
  return {.full_layers = 2,
          .stage_ends = {3, 6},
          .budgets = {Budget::tokens(60), Budget::share(0.35)},
          .prune_step = Budget::share(0.1),
          .final_budget = {}};
}

TEST(StageSchedule, GivesEachLayerItsStagesBudget) {
  const StageSchedule schedule(example(), Shrink::kBudget);
  const std::vector<int64_t> expected = {101, 101, 60, 60, 35, 35, 35, 25, 25};
  for (size_t layer = 0; layer < expected.size(); ++layer) {
    EXPECT_EQ(schedule.budget(static_cast<int64_t>(layer), 101), expected[layer]) << layer;
  }
}

TEST(StageSchedule, TheFinalBudgetIsTheGivenOne) {
  StageParameters parameters = example();
  parameters.final_budget = Budget::tokens(3);
  EXPECT_EQ(StageSchedule(parameters, Shrink::kBudget).budget(7, 101), 3);
}

TEST(StageSchedule, SharesAreFlooredBeforeTheyAreSubtracted) {
  StageParameters parameters = example();
  parameters.budgets[1] = Budget::share(0.35);
  parameters.prune_step = Budget::share(0.19);
  // floor(3.5) - floor(1.9) = 2, where floor(3.5 - 1.9) would be 1.
  EXPECT_EQ(StageSchedule(parameters, Shrink::kBudget).budget(8, 10), 2);
}

TEST(StageSchedule, PrunesAtStageEndsOnly) {
  const StageSchedule schedule(example(), Shrink::kBudget);
  for (const int64_t layer : {0, 1, 2, 4, 5, 7}) {
    EXPECT_FALSE(schedule.keep_after(layer, 101, 101).has_value()) << layer;
  }
  EXPECT_EQ(schedule.keep_after(3, 101, 101), 50);
  EXPECT_EQ(schedule.keep_after(6, 101, 50), 25);
}

TEST(StageSchedule, ByCandidatesPrunesTheStepFromWhatLives) {
  const StageSchedule schedule(example(), Shrink::kCandidates);
  EXPECT_EQ(schedule.keep_after(3, 101, 101), 91);
  EXPECT_EQ(schedule.keep_after(6, 101, 91), 81);
}

}  // namespace
}  // namespace skipbench
