#include "harness/store/statistics.h"

#include <gtest/gtest.h>

#include "harness/store/bootstrap.h"
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

Interval bootstrap_interval(const PromptValues& values, uint64_t seed, int resamples = 200'000) {
  std::vector<double> draws = bootstrap_means({&values, 1}, seed, resamples);
  return percentile_interval(draws);
}

// Bounds of scipy.stats.bootstrap(method='percentile') with two million resamples.
TEST(Statistics, BootstrapOverPromptsAgreesWithSciPy) {
  const PromptValues values =
      one_round_each({1.31, 1.42, 1.28, 1.55, 1.37, 1.46, 1.22, 1.40, 1.33, 1.51, 1.29, 1.44});
  const Estimate estimate = estimate_mean(values);
  EXPECT_NEAR(*estimate.mean, 1.3816666666666668, 1e-12);
  EXPECT_NEAR(*estimate.standard_error, 0.028731603688361192, 1e-12);
  const Interval interval = bootstrap_interval(values, 7);
  EXPECT_NEAR(interval.low, 1.32833, 1e-3);
  EXPECT_NEAR(interval.high, 1.43583, 1e-3);
}

// Bounds of the same two draws written in NumPy, two million resamples.
TEST(Statistics, BootstrapOverPromptsThenRoundsAgreesWithNumPy) {
  PromptValues values;
  for (const auto& rounds : std::vector<std::vector<double>>{
           {1.0, 1.2, 1.1}, {2.0, 2.4, 1.9}, {1.5, 1.4, 1.9}, {0.8, 0.9, 1.3}}) {
    values.begin_prompt();
    for (const double value : rounds) values.add(value);
  }
  const Estimate estimate = estimate_mean(values);
  EXPECT_NEAR(*estimate.mean, 1.45, 1e-12);
  EXPECT_NEAR(*estimate.standard_error, 0.25331140255951107, 1e-12);
  const Interval interval = bootstrap_interval(values, 7);
  EXPECT_NEAR(interval.low, 1.0417, 6e-3);
  EXPECT_NEAR(interval.high, 1.9083, 6e-3);
}

TEST(Statistics, ASinglePromptIsResampledOverItsRounds) {
  PromptValues values;
  values.begin_prompt();
  for (const double value : {1.0, 1.2, 1.1, 1.5, 1.05}) values.add(value);
  EXPECT_FALSE(estimate_mean(values).standard_error);
  const Interval interval = bootstrap_interval(values, 7);
  EXPECT_NEAR(interval.low, 1.04, 5e-3);  // scipy.stats.bootstrap
  EXPECT_NEAR(interval.high, 1.34, 5e-3);
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

TEST(Statistics, TheSameSeedGivesTheSameInterval) {
  const PromptValues values = one_round_each({1.0, 2.0, 4.0, 8.0});
  const Interval first = bootstrap_interval(values, 3, 2000);
  const Interval again = bootstrap_interval(values, 3, 2000);
  EXPECT_EQ(first.low, again.low);
  EXPECT_EQ(first.high, again.high);
}

TEST(Statistics, IntervalsOfFiftyPromptsCoverTheTruthNineteenTimesInTwenty) {
  SplitMix64 random(11);
  int covered = 0;
  constexpr int kSimulations = 4000;
  for (int i = 0; i < kSimulations; ++i) {
    PromptValues values;
    for (int prompt = 0; prompt < 50; ++prompt) {
      values.begin_prompt();
      values.add(1.4 + 0.2 * standard_normal(random));
    }
    const Interval interval = bootstrap_interval(values, random.next(), 1000);
    covered += interval.low <= 1.4 && 1.4 <= interval.high;
  }
  EXPECT_GE(covered, kSimulations * 0.93);
  EXPECT_LE(covered, kSimulations * 0.97);
}

}  // namespace
}  // namespace skipbench
