#include "harness/summary/speedup_drift.h"

#include <gtest/gtest.h>

#include <string>

namespace skipbench {
namespace {

using Task = std::vector<PromptSpeedup>;

/// So many prompts of equal work, their speed-ups 1% apart.
Task task(int prompts, double speedup, int64_t tokens = 1000, int64_t flops = 7) {
  Task task;
  for (int i = 0; i < prompts; ++i) task.push_back({tokens, flops, speedup * (1 + 0.01 * i)});
  return task;
}

TEST(SpeedupDrift, TasksOfEqualWorkWhoseIntervalsLieApartAreFound) {
  const std::vector<Task> tasks{task(6, 1.5), task(6, 1.0), task(6, 1.2)};
  const auto apart = farthest_apart(tasks);
  ASSERT_TRUE(apart);
  EXPECT_EQ(apart->fast, 0u);
  EXPECT_EQ(apart->slow, 1u);
  EXPECT_EQ(apart->tokens, 1000);
  // Of six values the interval of the median runs from the smallest to the largest.
  EXPECT_DOUBLE_EQ(apart->gap, 1.5 / 1.05);
  EXPECT_DOUBLE_EQ(*apart->slow_speedup.median, 1.025);
}

TEST(SpeedupDrift, OtherLengthsAndOtherWorkMayHaveOtherSpeedups) {
  EXPECT_FALSE(farthest_apart(std::vector<Task>{task(6, 1.5), task(6, 1.0, 2000)}));
  EXPECT_FALSE(farthest_apart(std::vector<Task>{task(6, 1.5), task(6, 1.0, 1000, 8)}));
  EXPECT_FALSE(farthest_apart(std::vector<Task>{task(6, 1.5), task(6, 1.0, 1011)}))
      << "1.1% longer";
}

TEST(SpeedupDrift, LengthsWithinOnePercentAreOne) {
  Task mixed = task(3, 1.0, 1000, 1000);
  for (const PromptSpeedup& prompt : task(3, 1.0, 1010, 1009)) mixed.push_back(prompt);
  const auto apart = farthest_apart(std::vector<Task>{task(6, 1.5, 1004, 1003), mixed});
  ASSERT_TRUE(apart);
  EXPECT_EQ(apart->tokens, 1000);
  EXPECT_DOUBLE_EQ(apart->gap, 1.5 / 1.02);
}

TEST(SpeedupDrift, FivePromptsAndIntervalsThatOverlapTellNothing) {
  EXPECT_FALSE(farthest_apart(std::vector<Task>{task(6, 1.5), task(5, 1.0)}));
  EXPECT_FALSE(farthest_apart(std::vector<Task>{task(6, 1.04), task(6, 1.0)}));
}

TEST(SpeedupDrift, IsTheSpreadOfSpeedupsAtEqualWork) {
  Task one{{1000, 7, 1}, {1000, 7, 2}, {1004, 7, 3}, {1000, 7, 4}, {1000, 7, 5}};
  EXPECT_DOUBLE_EQ(*speedup_drift(one), 4.0 / 3 - 2.0 / 3);
  // Prompts of twice the length, twice as fast, tell the same.
  const Task both = one;
  for (const PromptSpeedup& prompt : both) one.push_back({2000, 14, 2 * prompt.speedup});
  EXPECT_DOUBLE_EQ(*speedup_drift(one), 4.0 / 3 - 2.0 / 3);
}

TEST(SpeedupDrift, ThreePromptsOfAWorkTellNoSpread) {
  EXPECT_FALSE(speedup_drift(task(3, 1)));
  Task other_work = task(3, 1, 1000, 7);
  for (const PromptSpeedup& prompt : task(3, 1, 1000, 9)) other_work.push_back(prompt);
  EXPECT_FALSE(speedup_drift(other_work));
}

PromptRow row(const std::string& sample, int64_t round, int64_t run, double ttft_ms) {
  return {
      .sample_id = sample, .round = round, .run = run, .tokens = 9, .flops = 7, .ttft_ms = ttft_ms};
}

TEST(SpeedupDrift, ASpeedupIsTheMedianOverTheRoundsThatOneRunTimedUnderBoth) {
  const std::vector<PromptRow> baseline{row("a", 0, 1, 8), row("a", 1, 1, 8), row("a", 2, 1, 8),
                                        row("b", 0, 1, 8), row("c", 0, 1, 8)};
  const std::vector<PromptRow> method{row("a", 0, 1, 1), row("a", 1, 1, 4), row("a", 2, 1, 4),
                                      row("b", 0, 2, 4), row("d", 0, 1, 4)};
  const std::vector<PromptSpeedup> prompts = prompt_speedups(method, baseline);
  ASSERT_EQ(prompts.size(), 1u) << "b was timed by another run, d has no baseline";
  EXPECT_DOUBLE_EQ(prompts[0].speedup, 2);
  EXPECT_EQ(prompts[0].tokens, 9);
  EXPECT_EQ(prompts[0].flops, 7);
}

}  // namespace
}  // namespace skipbench
