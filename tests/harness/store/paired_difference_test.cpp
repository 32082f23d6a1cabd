#include "harness/store/paired_difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/store/accuracy.h"
#include "harness/store/bootstrap.h"
#include "harness/store/holm.h"
#include "harness/store/normal_distribution.h"
#include "harness/store/timing_noise.h"
#include "tests/support/prompt_values.h"

namespace skipbench {
namespace {

double p_of(const PromptValues& differences) {
  return sign_flip_test({&differences, 1}, 1).value;
}

// Three differences of one sign: of the 8 patterns only +++ and --- are as far out.
TEST(SignFlipTest, CountsEveryPatternOfFewPrompts) {
  const PromptValues all_positive = one_round_each({1, 2, 3});
  const PValue p = sign_flip_test({&all_positive, 1}, 1);
  EXPECT_TRUE(p.exact);
  EXPECT_DOUBLE_EQ(p.value, 2.0 / 8);
  // |1 - 2 - 3| = 4, |1 + 2 - 3| = 0, |1 - 2 + 3| = 2, |1 + 2 + 3| = 6: four of eight reach 4.
  EXPECT_DOUBLE_EQ(p_of(one_round_each({-1, 2, 3})), 4.0 / 8);
}

TEST(SignFlipTest, PatternsThatOnlyRoundingTellsApartCountAsEqual) {
  EXPECT_DOUBLE_EQ(p_of(one_round_each({0.1, 0.2, -0.3})), 1.0);
}

TEST(SignFlipTest, PromptsWithoutADifferenceAreNoEvidence) {
  EXPECT_DOUBLE_EQ(p_of(one_round_each({0, 1, 0, 2, 3, 0})), p_of(one_round_each({1, 2, 3})));
  EXPECT_DOUBLE_EQ(p_of(one_round_each({0, 0, 0})), 1.0);
  EXPECT_DOUBLE_EQ(p_of(PromptValues()), 1.0);
}

TEST(SignFlipTest, RoundsOfAPromptAreNoFurtherEvidence) {
  const PromptValues repeated = rounds_of({{1, 1, 1, 1}, {2, 2, 2, 2}, {3, 3, 3, 3}});
  EXPECT_DOUBLE_EQ(p_of(repeated), 2.0 / 8);
}

TEST(SignFlipTest, FindsAFalseDifferenceOnceInTwenty) {
  SplitMix64 random(5);
  constexpr int kSimulations = 2000;
  int found = 0;
  for (int i = 0; i < kSimulations; ++i) {
    const PromptValues noise = normal_values(40, 0, 1, random);
    found += sign_flip_test({&noise, 1}, random.next()).value <= 0.05;
  }
  EXPECT_GE(found, kSimulations * 0.035);
  EXPECT_LE(found, kSimulations * 0.065);
}

TEST(SignFlipTest, BoundsWhatDrawsCannotShowByHoeffdingsInequality) {
  PromptValues same;
  for (int i = 0; i < 100; ++i) {
    same.begin_prompt();
    same.add(1);
  }
  // 2 exp(-100 / 2); the true value is 2 / 2^100.
  EXPECT_NEAR(p_of(same) / (2 * std::exp(-50.0)), 1, 1e-9);
}

TEST(SignFlipTest, OfSoManyPromptsNoPIsSmallerThanWhenAllDifferInOneDirection) {
  EXPECT_DOUBLE_EQ(smallest_p_value(3), p_of(one_round_each({1, 2, 3})));
  EXPECT_DOUBLE_EQ(smallest_p_value(6), 2.0 / 64);
  EXPECT_EQ(smallest_p_value(1), 1);
  EXPECT_EQ(smallest_p_value(0), 1);
}

TEST(Holm, EqualsTheHandComputedSteps) {
  // Sorted .01 x 4, .02 x 3, .03 x 2, .5 x 1, each at least the one before.
  const std::vector<double> adjusted = holm_adjusted(std::vector{0.03, 0.5, 0.01, 0.02});
  const std::vector<double> expected{0.06, 0.5, 0.04, 0.06};
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_DOUBLE_EQ(adjusted[i], expected[i]);
  EXPECT_EQ(holm_adjusted(std::vector{0.7, 0.9}), (std::vector{1.0, 1.0}));
  EXPECT_TRUE(holm_adjusted({}).empty());
}

TEST(PairedDifference, TasksWeighTheSameWhateverTheirSize) {
  const std::vector<PromptValues> tasks{one_round_each({1, 1, 1, 1}), one_round_each({3, 5})};
  const PairedDifference difference = paired_difference(tasks, 1);
  EXPECT_DOUBLE_EQ(*difference.mean, 2.5);
  EXPECT_EQ(difference.tasks, 2);
  EXPECT_EQ(difference.prompts, 6);
  // Standard errors 0 and 1: sqrt(0 + 1) / 2.
  EXPECT_DOUBLE_EQ(*difference.standard_error, 0.5);
}

// Ranks, deltas and comparisons ask in their own ways about the same differences; drawn by other
// seeds, a corrected p-value could fall below the raw one.
TEST(PairedDifference, HasOnePValueWhateverSeedsItsIntervalAndWhicheverWayItIsTaken) {
  PromptValues differences, mirrored;
  std::vector<SampleAccuracy> ours, theirs;
  for (int i = 0; i < 40; ++i) {  // more than are counted exactly
    const double value = 0.4 + std::sin(3.7 * i);
    differences.begin_prompt();
    differences.add(value);
    mirrored.begin_prompt();
    mirrored.add(-value);
    ours.push_back({std::to_string(100 + i), {value}, {}});
    theirs.push_back({std::to_string(100 + i), {0.0}, {}});
  }
  const PValue p = paired_difference({&differences, 1}, 7).p;
  ASSERT_FALSE(p.exact);
  EXPECT_EQ(p.value, paired_difference({&differences, 1}, 8).p.value);
  EXPECT_EQ(p.value, paired_difference({&mirrored, 1}, 9).p.value);
  EXPECT_EQ(p.value, accuracy_p_value(ours, theirs,
                                      [](const SampleAccuracy& each) { return each.scores[0]; }));
}

TEST(PairedDifference, SaysLittleOfOnePrompt) {
  const PromptValues one = one_round_each({1.5});
  const PairedDifference difference = paired_difference({&one, 1}, 1);
  EXPECT_EQ(difference.mean, 1.5);
  EXPECT_FALSE(difference.standard_error);
  EXPECT_FALSE(difference.percentile);
  EXPECT_FALSE(difference.detectable);
  EXPECT_EQ(difference.p.value, 1);
}

TEST(PairedDifference, WithoutAnySpreadNothingIsKnownOfWhatCouldBeDetected) {
  const PromptValues same = one_round_each({0, 0, 0, 0});
  const PairedDifference difference = paired_difference({&same, 1}, 1);
  EXPECT_EQ(difference.standard_error, 0);
  EXPECT_FALSE(difference.detectable);
}

TEST(PairedDifference, NothingIsKnownOfNoPrompts) {
  const PairedDifference difference = paired_difference(std::vector<PromptValues>(2), 1);
  EXPECT_EQ(difference.tasks, 0);
  EXPECT_FALSE(difference.mean);
}

TEST(PairedDifference, ADifferenceOfTheDetectableSizeIsFoundInFourOfFiveRepetitions) {
  SplitMix64 random(3);
  constexpr int kSimulations = 1000, kPrompts = 60;
  const double shift = detectable_difference(1 / std::sqrt(kPrompts));
  int found = 0;
  for (int i = 0; i < kSimulations; ++i) {
    const PromptValues values = normal_values(kPrompts, shift, 1, random);
    found += sign_flip_test({&values, 1}, random.next()).value <= 0.05;
  }
  EXPECT_NEAR(static_cast<double>(found) / kSimulations, 0.8, 0.04);
}

constexpr int kCoverageSimulations = 4000;

// How many of so many simulated differences of 50 prompts have their truth inside the interval.
struct Coverage {
  int percentile = 0, bca = 0;

  void add(const PromptValues& values, double truth, SplitMix64& random) {
    const PairedDifference difference = paired_difference({&values, 1}, random.next(), 1000);
    percentile += difference.percentile->low <= truth && truth <= difference.percentile->high;
    bca += difference.bca->low <= truth && truth <= difference.bca->high;
  }
};

auto covers_nineteen_in_twenty() {
  return testing::AllOf(testing::Ge(kCoverageSimulations * 0.93),
                        testing::Le(kCoverageSimulations * 0.97));
}

TEST(PairedDifference, IntervalsOfNormalDifferencesCoverTheTruth) {
  SplitMix64 random(18);
  Coverage covered;
  for (int i = 0; i < kCoverageSimulations; ++i) {
    covered.add(normal_values(50, 0.3, 1, random), 0.3, random);
  }
  EXPECT_THAT(covered.percentile, covers_nineteen_in_twenty());
  EXPECT_THAT(covered.bca, covers_nineteen_in_twenty());
}

TEST(PairedDifference, IntervalsOfSkewedDifferencesCoverTheTruth) {
  SplitMix64 random(17);
  Coverage covered;
  for (int i = 0; i < kCoverageSimulations; ++i) {
    const PromptValues values = normal_values(50, 0, 1, random);
    PromptValues skewed;
    for (size_t prompt = 0; prompt < values.prompts(); ++prompt) {
      skewed.begin_prompt();
      skewed.add(std::exp(0.5 * values.rounds(prompt)[0]));
    }
    covered.add(skewed, std::exp(0.125), random);
  }
  EXPECT_THAT(covered.percentile, covers_nineteen_in_twenty());
  EXPECT_THAT(covered.bca, covers_nineteen_in_twenty());
}

// Skewed, so that the two intervals differ.
TEST(PairedDifference, ShowsBcaWhereItIsDefinedAndElseThePercentiles) {
  const PromptValues skewed = one_round_each({0, 0, 0, 0, 0, 1, 2, 9});
  PairedDifference difference = paired_difference({&skewed, 1});
  EXPECT_NE(difference.bca->high, difference.percentile->high);
  EXPECT_EQ(difference.shown_interval()->high, difference.bca->high);
  difference.bca.reset();
  EXPECT_EQ(difference.shown_interval()->high, difference.percentile->high);
}

TEST(Bootstrap, BcaIsNotDefinedWhereEveryDrawIsOnOneSide) {
  std::vector<double> draws{3, 4, 5};
  const PromptValues values = one_round_each({1, 2});
  EXPECT_FALSE(bca_interval(draws, {&values, 1}));
}

TEST(Median, OneDisturbedRepeatDoesNotMoveIt) {
  const MedianEstimate estimate =
      estimate_median(rounds_of({{1.5, 1.5, 40}, {1.6, 1.6, 1.6}, {1.4, 0.1, 1.4}}));
  EXPECT_EQ(estimate.median, 1.5);
  EXPECT_FALSE(estimate.interval) << "three prompts tell no interval";
}

TEST(Median, OfOnePromptIsThatOfItsRounds) {
  const MedianEstimate estimate = estimate_median(rounds_of({{6, 2, 5, 1, 4, 3}}));
  EXPECT_EQ(estimate.median, 3.5);
  EXPECT_EQ(estimate.interval->low, 1);
  EXPECT_EQ(estimate.interval->high, 6);
}

TEST(TimingNoise, IsJudgedByTheQuartilesWithinAPrompt) {
  // Quartiles 99 and 101 around 100, and 98 and 102: the median of .02 and .04.
  const auto spread = timing_spread(rounds_of({{98, 99, 100, 101, 102}, {98, 100, 102, 98, 102}}));
  ASSERT_TRUE(spread);
  EXPECT_DOUBLE_EQ(*spread, 0.03);
  EXPECT_EQ(timing_noise(spread), TimingNoise::kStable);
  EXPECT_EQ(timing_noise(0.05), TimingNoise::kNoisy);
  EXPECT_EQ(timing_noise(0.11), TimingNoise::kUnusable);
}

TEST(TimingNoise, IsUnknownBelowThreeRounds) {
  EXPECT_FALSE(timing_spread(rounds_of({{1, 9}, {5, 6}})));
  EXPECT_EQ(timing_noise(std::nullopt), TimingNoise::kUnknown);
}

}  // namespace
}  // namespace skipbench
