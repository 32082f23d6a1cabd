#include "harness/statistics/paired_difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "harness/statistics/holm.h"
#include "harness/statistics/normal_distribution.h"
#include "harness/statistics/score_difference.h"
#include "harness/statistics/student_t.h"
#include "harness/summary/accuracy.h"
#include "harness/summary/timing_noise.h"
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

std::vector<double> holm_adjusted(std::vector<double> p_values) {
  std::vector<double*> places;
  for (double& p : p_values) places.push_back(&p);
  holm_adjust(places);
  return p_values;
}

TEST(Holm, EqualsTheHandComputedSteps) {
  // Sorted .01 x 4, .02 x 3, .03 x 2, .5 x 1, each at least the one before.
  const std::vector<double> adjusted = holm_adjusted({0.03, 0.5, 0.01, 0.02});
  const std::vector<double> expected{0.06, 0.5, 0.04, 0.06};
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_DOUBLE_EQ(adjusted[i], expected[i]);
  EXPECT_EQ(holm_adjusted({0.7, 0.9}), (std::vector{1.0, 1.0}));
  EXPECT_TRUE(holm_adjusted({}).empty());
}

TEST(PairedDifference, TasksWeighTheSameWhateverTheirSize) {
  const std::vector<PromptValues> tasks{one_round_each({1, 1, 1, 1}), one_round_each({3, 5})};
  const PairedDifference difference = paired_difference(tasks);
  EXPECT_DOUBLE_EQ(*difference.mean, 2.5);
  EXPECT_EQ(difference.tasks, 2);
  EXPECT_EQ(difference.prompts, 6);
  // Standard errors 0 and 1: sqrt(0 + 1) / 2.
  EXPECT_DOUBLE_EQ(*difference.standard_error, 0.5);
}

// Ranks, deltas and comparisons ask in their own ways about the same differences; drawn by other
// seeds, a corrected p-value could fall below the raw one.
TEST(PairedDifference, HasOnePValueWhicheverWayItIsTaken) {
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
  const PValue p = paired_difference({&differences, 1}).p;
  ASSERT_FALSE(p.exact);
  EXPECT_EQ(p.value, paired_difference({&mirrored, 1}).p.value);
  EXPECT_EQ(p.value, accuracy_p_value(ours, theirs,
                                      [](const SampleAccuracy& each) { return each.scores[0]; }));
}

TEST(PairedDifference, SaysLittleOfOnePrompt) {
  const PromptValues one = one_round_each({1.5});
  const PairedDifference difference = paired_difference({&one, 1});
  EXPECT_EQ(difference.mean, 1.5);
  EXPECT_FALSE(difference.standard_error);
  EXPECT_FALSE(difference.interval);
  EXPECT_FALSE(difference.detectable);
  EXPECT_EQ(difference.p.value, 1);
}

TEST(PairedDifference, WithoutAnySpreadNothingIsKnownOfOthers) {
  const PromptValues same = one_round_each({0, 0, 0, 0, 0, 0, 0, 0});
  const PairedDifference difference = paired_difference({&same, 1});
  EXPECT_EQ(difference.standard_error, 0);
  EXPECT_FALSE(difference.shown_error());
  EXPECT_FALSE(difference.interval);
  EXPECT_FALSE(difference.detectable);
}

TEST(PairedDifference, NothingIsKnownOfNoPrompts) {
  const PairedDifference difference = paired_difference(std::vector<PromptValues>(2));
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

// scipy.stats.t.interval(.95, 5, 2, sem), and of two tasks the same with 8 degrees of freedom,
// which Satterthwaite's formula gives as 8.12: standard errors .730 and .421.
TEST(PairedDifference, IntervalsAreStudents) {
  const std::vector<PromptValues> tasks{one_round_each({1, 2, 5, 0, 3, 1}),
                                        one_round_each({2, 1, 3, 2, 0, 1, 3})};
  const PairedDifference one = paired_difference({tasks.data(), 1});
  EXPECT_NEAR(one.interval->low, 2 - 2.5705818 * std::sqrt(16.0 / 5 / 6), 1e-4);
  EXPECT_NEAR(one.interval->high, 2 + 2.5705818 * std::sqrt(16.0 / 5 / 6), 1e-4);
  const PairedDifference both = paired_difference(tasks);
  const double error = std::sqrt(16.0 / 5 / 6 + (28 - 144 / 7.0) / 6 / 7) / 2;
  EXPECT_DOUBLE_EQ(*both.standard_error, error);
  EXPECT_NEAR(both.interval->high - *both.mean, 2.3060041 * error, 1e-4);
}

TEST(ScoreDifference, EndsAtAHundredPoints) {
  const PromptValues values = one_round_each({-100, -100, -100, 0, 0, 0});
  EXPECT_LT(paired_difference({&values, 1}).interval->low, -100);
  EXPECT_EQ(score_difference({&values, 1}).interval->low, -100);
  EXPECT_GT(score_difference({&values, 1}).interval->high, 0);
}

TEST(FewSamples, AreThoseOfWhichNoTestFindsADifference) {
  EXPECT_LT(smallest_p_value(kFewestSamples), kSignificance);
  EXPECT_GE(smallest_p_value(kFewestSamples - 1), kSignificance);
}

TEST(PairedDifference, OfTooFewPromptsThereIsNoIntervalAndNoStandardError) {
  PromptValues values;
  for (int64_t prompts = 1; prompts <= kFewestSamples; ++prompts) {
    values.begin_prompt();
    values.add(prompts % 2 == 0 ? 100 : 0);
    const PairedDifference difference = paired_difference({&values, 1});
    const bool enough = prompts == kFewestSamples;
    EXPECT_EQ(difference.interval.has_value(), enough) << prompts;
    EXPECT_EQ(difference.shown_error().has_value(), enough) << prompts;
    EXPECT_EQ(difference.detectable.has_value(), enough) << prompts;
  }
}

/// The share of the intervals shown that hold the truth.
class Coverage {
 public:
  void add(const PromptValues& values, double truth) {
    const auto interval = paired_difference({&values, 1}).interval;
    if (!interval) return;
    ++shown_;
    covered_ += interval->low <= truth && truth <= interval->high;
  }
  double share() const { return covered_ / shown_; }

 private:
  double shown_ = 0, covered_ = 0;
};

auto nineteen_in_twenty() {
  return testing::AllOf(testing::Ge(0.93), testing::Le(0.97));
}

constexpr std::array<int, 7> kNumbersOfPrompts{kFewestSamples, 7, 8, 10, 12, 25, 50};

TEST(PairedDifference, IntervalsOfNormalDifferencesCoverTheTruth) {
  for (const int prompts : kNumbersOfPrompts) {
    SplitMix64 random(18);
    Coverage coverage;
    for (int i = 0; i < 5000; ++i) coverage.add(normal_values(prompts, 0.3, 1, random), 0.3);
    EXPECT_THAT(coverage.share(), nineteen_in_twenty()) << prompts << " prompts";
  }
}

// What exact match yields. So few values lie on a grid, on which the coverage of any interval jumps
// from one share of changed answers to the next; it is right on average over these shares. Six
// prompts have intervals a little too wide.
TEST(PairedDifference, IntervalsOfExactMatchesCoverTheTruth) {
  for (const int prompts : kNumbersOfPrompts) {
    SplitMix64 random(3);
    Coverage coverage;
    const auto uniform = [&random] { return random.below(1'000'000) / 1e6; };
    for (int i = 0; i < 8000; ++i) {
      const double changed = 0.1 + 0.9 * uniform(), won = changed * uniform();
      PromptValues values;
      for (int prompt = 0; prompt < prompts; ++prompt) {
        const double draw = uniform();
        values.begin_prompt();
        values.add(draw < won ? 100 : draw < changed ? -100 : 0);
      }
      coverage.add(values, 100 * (won - (changed - won)));
    }
    EXPECT_GE(coverage.share(), 0.93) << prompts << " prompts";
    EXPECT_LE(coverage.share(), prompts == kFewestSamples ? 0.975 : 0.97) << prompts << " prompts";
  }
}

TEST(PairedDifference, IntervalsOfSkewedDifferencesCoverTheTruthFromFiftyPromptsOn) {
  SplitMix64 random(17);
  Coverage coverage;
  for (int i = 0; i < 5000; ++i) {
    const PromptValues values = normal_values(50, 0, 1, random);
    PromptValues skewed;
    for (size_t prompt = 0; prompt < values.prompts(); ++prompt) {
      skewed.begin_prompt();
      skewed.add(std::exp(0.5 * values.rounds(prompt)[0]));
    }
    coverage.add(skewed, std::exp(0.125));
  }
  EXPECT_THAT(coverage.share(), nineteen_in_twenty());
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
