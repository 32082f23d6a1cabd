#include "harness/report/claims/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Relation = Condition::Relation;

constexpr std::array kRelations{Relation::kLess, Relation::kAtMost, Relation::kMore,
                                Relation::kAtLeast};

bool wants_more(Relation relation) {
  return relation == Relation::kMore || relation == Relation::kAtLeast;
}

TEST(Verdict, AnIntervalThatPassesTheBoundGoesFromOneVerdictToTheOther) {
  for (const Relation relation : kRelations) {
    for (const double bound : {-2.0, 0.0, 1.3}) {
      const Condition condition{ClaimFigure::kScoreGain, relation, bound};
      for (const double width : {0.25, 1.0, 4.0}) {
        for (double shift = -8; shift <= 8; shift += 0.125) {
          const Interval interval{bound + shift, bound + shift + width};
          const ClaimVerdict verdict = judge(condition, interval);
          if (interval.low > bound || interval.high < bound) {
            const bool above = interval.low > bound;
            EXPECT_EQ(verdict, above == wants_more(relation) ? ClaimVerdict::kReproduced
                                                             : ClaimVerdict::kContradicted);
          }
          if (interval.low < bound && interval.high > bound) {
            EXPECT_EQ(verdict, ClaimVerdict::kNotDistinguishable);
          }
        }
      }
    }
  }
}

TEST(Verdict, TheBoundItselfIsOnTheClaimsSideOnlyWhereTheSignSaysSo) {
  const auto verdict = [](Relation relation, Interval interval) {
    return judge({ClaimFigure::kKvRatio, relation, 0.5}, interval);
  };
  EXPECT_EQ(verdict(Relation::kAtMost, {0.5, 0.5}), ClaimVerdict::kReproduced);
  EXPECT_EQ(verdict(Relation::kLess, {0.5, 0.5}), ClaimVerdict::kContradicted);
  EXPECT_EQ(verdict(Relation::kAtLeast, {0.5, 0.75}), ClaimVerdict::kReproduced);
  EXPECT_EQ(verdict(Relation::kMore, {0.5, 0.75}), ClaimVerdict::kNotDistinguishable);
  EXPECT_EQ(verdict(Relation::kMore, {0.25, 0.5}), ClaimVerdict::kContradicted);
  EXPECT_EQ(verdict(Relation::kLess, {0.5, 0.75}), ClaimVerdict::kContradicted);
}

TEST(Verdict, WithoutAnIntervalNothingIsDistinguished) {
  EXPECT_EQ(judge({ClaimFigure::kScoreDrop, Relation::kLess, 1}, std::nullopt),
            ClaimVerdict::kNotDistinguishable);
}

TEST(Verdict, MirroringFigureAndBoundKeepsTheVerdict) {
  for (double low = -3; low <= 3; low += 0.5) {
    const Interval drop{low, low + 1}, gain{-low - 1, -low};
    EXPECT_EQ(judge({ClaimFigure::kScoreDrop, Relation::kLess, 1}, drop),
              judge({ClaimFigure::kScoreGain, Relation::kMore, -1}, gain));
  }
}

TEST(Verdict, OnePartContradictsAndAllReproduce) {
  constexpr std::array kAll{ClaimVerdict::kReproduced, ClaimVerdict::kNotDistinguishable,
                            ClaimVerdict::kContradicted, ClaimVerdict::kNotMeasured};
  for (const ClaimVerdict a : kAll) {
    EXPECT_EQ(judge_together(std::array{a}), a);
    for (const ClaimVerdict b : kAll) {
      const ClaimVerdict both = judge_together(std::array{a, b});
      EXPECT_EQ(both, judge_together(std::array{b, a}));
      EXPECT_EQ(both == ClaimVerdict::kReproduced, a == b && a == ClaimVerdict::kReproduced);
      EXPECT_EQ(both == ClaimVerdict::kContradicted,
                a == ClaimVerdict::kContradicted || b == ClaimVerdict::kContradicted);
    }
  }
  EXPECT_EQ(
      judge_together(std::array{ClaimVerdict::kNotMeasured, ClaimVerdict::kNotDistinguishable}),
      ClaimVerdict::kNotMeasured);
  EXPECT_EQ(judge_together({}), ClaimVerdict::kNotMeasured);
}

TEST(Conditions, AreReadAndWrittenAlike) {
  for (const char* text : {"score_drop < 1 and speedup_ttft >= 1.3", "kv_ratio <= 0.4144",
                           "score_gain > -0.5 and speedup_e2e > 1 and answer_nll_increase < 0.1"}) {
    EXPECT_EQ(conditions_text(parse_conditions(text)), text);
  }
  const Condition one = parse_conditions("  speedup_ttft>=1.25 ").at(0);
  EXPECT_EQ(one.figure, ClaimFigure::kSpeedupTtft);
  EXPECT_EQ(one.relation, Relation::kAtLeast);
  EXPECT_DOUBLE_EQ(one.bound, 1.25);
}

std::string error_of(const std::string& text) {
  try {
    parse_conditions(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

TEST(Conditions, ThatAreWrongNameThePartAndTheFix) {
  EXPECT_THAT(error_of("score_drop < 1 and sped_up_ttft >= 2"),
              HasSubstr("unknown figure 'sped_up_ttft'"));
  EXPECT_THAT(error_of("speedup_tft >= 2"), HasSubstr("did you mean 'speedup_ttft'?"));
  EXPECT_THAT(error_of("score_drop < one"), HasSubstr("the bound 'one' is not a number"));
  EXPECT_THAT(error_of("score_drop < inf"), HasSubstr("the bound 'inf' is not a number"));
  EXPECT_THAT(error_of("score_drop = 1"),
              AllOf(HasSubstr("'score_drop = 1' is not a condition"), HasSubstr("< <= > >=")));
  EXPECT_THAT(error_of("score_drop < 1 and "), HasSubstr("'' is not a condition"));
}

}  // namespace
}  // namespace skipbench
