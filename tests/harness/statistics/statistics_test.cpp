#include "harness/statistics/statistics.h"

#include <gtest/gtest.h>

#include "tests/support/prompt_values.h"

namespace skipbench {
namespace {

TEST(Statistics, MeanAndStandardErrorEqualSciPy) {
  const std::vector<double> values{3.2, 1.5, 4.8, 2.2, 9.1, 0.4, 5.5};
  EXPECT_NEAR(*mean(values), 3.8142857142857136, 1e-12);
  EXPECT_NEAR(*standard_error(values), 1.1100039835682638, 1e-12);  // scipy.stats.sem
}

TEST(Statistics, QuantilesEqualNumPy) {
  std::vector<double> values{3.2, 1.5, 4.8, 2.2, 9.1, 0.4, 5.5};
  const std::vector<std::pair<double, double>> expected{
      {0, 0.4}, {0.025, 0.565}, {0.25, 1.85}, {0.5, 3.2}, {0.75, 5.15}, {0.975, 8.56}, {1, 9.1}};
  for (const auto& [q, value] : expected) EXPECT_NEAR(*quantile(values, q), value, 1e-12) << q;
}

TEST(Statistics, NothingIsKnownOfNoValues) {
  std::vector<double> none;
  EXPECT_FALSE(mean(none));
  EXPECT_FALSE(standard_error(none));
  EXPECT_FALSE(quantile(none, 0.5));
  EXPECT_FALSE(estimate_mean(PromptValues()).mean);
  EXPECT_FALSE(estimate_median(PromptValues()).median);
}

TEST(Statistics, OneValueHasNoError) {
  const Estimate estimate = estimate_mean(one_round_each({1.5}));
  EXPECT_EQ(estimate.mean, 1.5);
  EXPECT_FALSE(estimate.standard_error);
}

TEST(Statistics, RoundsOfAPromptAreAveragedFirst) {
  PromptValues values;
  for (const auto& rounds : std::vector<std::vector<double>>{
           {1.0, 1.2, 1.1}, {2.0, 2.4, 1.9}, {1.5, 1.4, 1.9}, {0.8, 0.9, 1.3}}) {
    values.begin_prompt();
    for (const double value : rounds) values.add(value);
  }
  const Estimate estimate = estimate_mean(values);
  EXPECT_NEAR(*estimate.mean, 1.45, 1e-12);
  EXPECT_NEAR(*estimate.standard_error, 0.25331140255951107, 1e-12);
}

// Ranks of the sign test's tables: 6 of 20 and 40 of 100 lie below (scipy.stats.quantile_test).
TEST(Statistics, TheMediansIntervalLiesBetweenTheRanksOfTheSignTest) {
  for (const auto& [size, rank] : {std::pair(6, 1), {8, 1}, {9, 2}, {20, 6}, {100, 40}}) {
    std::vector<double> values;
    for (int i = size; i >= 1; --i) values.push_back(i);
    const auto interval = median_interval(values);
    ASSERT_TRUE(interval) << size;
    EXPECT_EQ(interval->low, rank) << size;
    EXPECT_EQ(interval->high, size + 1 - rank) << size;
  }
  std::vector<double> five{1, 2, 3, 4, 5};
  EXPECT_FALSE(median_interval(five));
  EXPECT_FALSE(median_interval({}));
}

}  // namespace
}  // namespace skipbench
