#include "harness/statistics/mean_ratio.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>

#include "tests/support/bootstrap.h"
#include "tests/support/prompt_values.h"

namespace skipbench {
namespace {

TEST(MeanRatio, IsTheGeometricMeanWithStudentsIntervalOnTheLogarithms) {
  const MeanRatio ratio = mean_ratio(one_round_each({1, 2, 4}));
  EXPECT_NEAR(*ratio.mean, 2, 1e-12);
  // t(.975, 2) log(2) / sqrt(3)
  const double half_width = 4.3026527297494637 * std::log(2.0) / std::sqrt(3.0);
  EXPECT_NEAR(ratio.interval->low, 2 * std::exp(-half_width), 1e-9);
  EXPECT_NEAR(ratio.interval->high, 2 * std::exp(half_width), 1e-9);
  EXPECT_EQ(ratio.degrees, 2);
  EXPECT_NEAR(*ratio.log_error(), std::log(2.0) / std::sqrt(3.0), 1e-12);
}

TEST(MeanRatio, RoundsOfAPromptCountOnce) {
  const MeanRatio ratio = mean_ratio(rounds_of({{1, 4}, {8}}));
  EXPECT_NEAR(*ratio.mean, 4, 1e-12);  // of 2 and 8
  EXPECT_EQ(ratio.degrees, 1);
}

TEST(MeanRatio, ASinglePromptVariesOverItsRounds) {
  const MeanRatio rounds = mean_ratio(rounds_of({{1, 2, 4}}));
  const MeanRatio prompts = mean_ratio(one_round_each({1, 2, 4}));
  EXPECT_EQ(rounds.interval->low, prompts.interval->low);
  EXPECT_EQ(rounds.degrees, 2);
}

TEST(MeanRatio, IsTurnedRoundWhereTheRatiosAre) {
  const MeanRatio faster = mean_ratio(one_round_each({1.2, 2.5, 1.7}));
  const MeanRatio slower = mean_ratio(one_round_each({1 / 1.2, 1 / 2.5, 1 / 1.7}));
  EXPECT_NEAR(*faster.mean * *slower.mean, 1, 1e-12);
  EXPECT_NEAR(faster.interval->low * slower.interval->high, 1, 1e-12);
}

TEST(MeanRatio, OneValueHasNoIntervalAndNoneHasNoMean) {
  const MeanRatio one = mean_ratio(one_round_each({1.5}));
  EXPECT_DOUBLE_EQ(*one.mean, 1.5);
  EXPECT_FALSE(one.interval);
  EXPECT_FALSE(one.log_error());
  EXPECT_FALSE(mean_ratio(PromptValues()).mean);
}

TEST(MeanRatio, OverTasksEachWeighsTheSame) {
  const std::vector tasks{mean_ratio(one_round_each({1, 2, 4})), MeanRatio(),
                          mean_ratio(one_round_each({8, 8, 8, 8}))};
  const MeanRatio pooled = mean_ratio_over_tasks(tasks);
  EXPECT_NEAR(*pooled.mean, 4, 1e-12);
  EXPECT_NEAR(*pooled.log_error(), *tasks[0].log_error() / 2, 1e-12);
  EXPECT_EQ(pooled.degrees, 2) << "the second task does not vary";
  const std::vector one_unknown{tasks[0], mean_ratio(one_round_each({8}))};
  EXPECT_FALSE(mean_ratio_over_tasks(one_unknown).interval);
  EXPECT_FALSE(mean_ratio_over_tasks({}).mean);
}

/// What disturbs a time: a factor of log-normal noise, and now and then a spike.
struct Disturbance {
  double noise = 0;       // deviation of the factor's logarithm
  double spike_rate = 0;  // share of times that take 1 + an exponential variable of mean 2 as long

  double factor(SplitMix64& random) const {
    const double factor = std::exp(noise * standard_normal(random));
    return is_spike(random) ? factor * (1 - 2 * std::log(uniform(random))) : factor;
  }

 private:
  static double uniform(SplitMix64& random) {
    return (static_cast<double>(random.next() >> 11) + 0.5) / 9007199254740992.0;
  }
  bool is_spike(SplitMix64& random) const { return uniform(random) < spike_rate; }
};

/// How often a sample is measured; the harness's shapes.
struct Shape {
  int prompts, rounds;
};
constexpr std::array kShapes{Shape{5, 1},  Shape{8, 1}, Shape{20, 1}, Shape{40, 1}, Shape{5, 3},
                             Shape{20, 3}, Shape{1, 5}, Shape{1, 10}, Shape{1, 20}};

constexpr double kTruth = 1.4;

/// Paired ratios of times that are disturbed independently.
PromptValues disturbed_ratios(const Shape& shape, const Disturbance& disturbance,
                              SplitMix64& random) {
  PromptValues ratios;
  for (int prompt = 0; prompt < shape.prompts; ++prompt) {
    ratios.begin_prompt();
    for (int round = 0; round < shape.rounds; ++round) {
      ratios.add(kTruth * disturbance.factor(random) / disturbance.factor(random));
    }
  }
  return ratios;
}

/// What an estimate is worth over many repetitions.
struct Worth {
  double coverage = 0;  // share of the intervals that hold the truth
  double bias = 0;      // mean of estimate / truth - 1
};

Worth worth_of(const std::function<MeanRatio(const PromptValues&)>& estimate, const Shape& shape,
               const Disturbance& disturbance, int repetitions) {
  SplitMix64 random(static_cast<uint64_t>(1000 * disturbance.noise));
  Worth worth;
  for (int i = 0; i < repetitions; ++i) {
    const MeanRatio ratio = estimate(disturbed_ratios(shape, disturbance, random));
    const Interval& interval = *ratio.interval;
    worth.bias += (*ratio.mean / kTruth - 1) / repetitions;
    worth.coverage += interval.low <= kTruth && kTruth <= interval.high ? 1.0 / repetitions : 0;
  }
  return worth;
}

std::string words(const Shape& shape, double noise) {
  return fmt::format("{} prompts x {} rounds, noise {}", shape.prompts, shape.rounds, noise);
}

constexpr std::array kNoises{0.1, 0.3, 0.6};

TEST(NoisyRatios, AreCoveredNineteenTimesInTwenty) {
  for (const double noise : kNoises) {
    for (const Shape& shape : kShapes) {
      const Worth worth = worth_of(mean_ratio, shape, {.noise = noise}, 2000);
      EXPECT_GE(worth.coverage, 0.93) << words(shape, noise);
      EXPECT_LE(worth.coverage, 0.97) << words(shape, noise);
      // The geometric mean of n such ratios is itself log-normal, of mean exp(noise² / n).
      const double expected = std::expm1(noise * noise / (shape.prompts * shape.rounds));
      EXPECT_NEAR(worth.bias, expected, 0.08 * noise) << words(shape, noise);
    }
  }
}

// Spikes among small noise make the interval wider than it has to be, and never narrower.
TEST(NoisyRatios, WithSpikesAreCoveredAsOftenAtLeast) {
  for (const double noise : kNoises) {
    for (const Shape& shape : kShapes) {
      const Worth worth = worth_of(mean_ratio, shape, {.noise = noise, .spike_rate = 0.1}, 2000);
      EXPECT_GE(worth.coverage, 0.93) << words(shape, noise);
      EXPECT_LE(worth.coverage, noise < 0.2 ? 0.99 : 0.97) << words(shape, noise);
    }
  }
}

TEST(NoisyRatios, OfSeveralTasksAreCoveredNineteenTimesInTwenty) {
  SplitMix64 random(5);
  constexpr int kRepetitions = 2000;
  int covered = 0;
  for (int i = 0; i < kRepetitions; ++i) {
    std::vector<MeanRatio> tasks;
    for (const double noise : {0.1, 0.3, 0.3, 0.6}) {
      tasks.push_back(mean_ratio(disturbed_ratios({8, 1}, {.noise = noise}, random)));
    }
    const Interval interval = *mean_ratio_over_tasks(tasks).interval;
    covered += interval.low <= kTruth && kTruth <= interval.high;
  }
  EXPECT_GE(covered, kRepetitions * 0.93);
  EXPECT_LE(covered, kRepetitions * 0.97);
}

/// The arithmetic mean with a bootstrap over prompts, then rounds.
MeanRatio arithmetic_mean(const PromptValues& ratios) {
  std::vector<double> draws = bootstrap_means({&ratios, 1}, /*seed=*/1, 500);
  return {estimate_mean(ratios).mean, percentile_interval(draws)};
}

/// The geometric mean with the same bootstrap.
MeanRatio bootstrapped_mean(const PromptValues& ratios) {
  PromptValues logarithms;
  for (size_t i = 0; i < ratios.prompts(); ++i) {
    logarithms.begin_prompt();
    for (const double ratio : ratios.rounds(i)) logarithms.add(std::log(ratio));
  }
  const MeanRatio mean = arithmetic_mean(logarithms);
  return {std::exp(*mean.mean),
          Interval{std::exp(mean.interval->low), std::exp(mean.interval->high)}};
}

MeanRatio median_by_ranks(const PromptValues& ratios) {
  const MedianEstimate estimate = estimate_median(ratios);
  return {estimate.median, estimate.interval};
}

// The figures that mean_ratio.h gives as its reason.
TEST(NoisyRatios, OtherEstimatesGainSpeedOrLoseCoverage) {
  for (const Shape& shape : {Shape{8, 1}, Shape{40, 1}, Shape{1, 20}}) {
    const Worth worth = worth_of(arithmetic_mean, shape, {.noise = 0.3}, 500);
    EXPECT_GT(worth.bias, 0.07) << words(shape, 0.3);
    EXPECT_LT(worth.coverage, 0.9) << words(shape, 0.3);
  }
  EXPECT_LT(worth_of(bootstrapped_mean, {8, 1}, {.noise = 0.3}, 500).coverage, 0.91);
  EXPECT_LT(worth_of(bootstrapped_mean, {1, 5}, {.noise = 0.3}, 500).coverage, 0.87);
  EXPECT_GT(worth_of(median_by_ranks, {8, 1}, {.noise = 0.3}, 2000).coverage, 0.98);
  SplitMix64 random(5);
  EXPECT_FALSE(median_by_ranks(disturbed_ratios({5, 1}, {.noise = 0.3}, random)).interval);
}

}  // namespace
}  // namespace skipbench
