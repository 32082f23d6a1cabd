#include "harness/search/goal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

using testing::HasSubstr;

std::string target_problem(std::string_view text) {
  try {
    parse_target(text);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(Goal, ReadsAFigureAndItsLimit) {
  const Goal goal = parse_target("answer_nll_increase <= 0.05");
  EXPECT_EQ(goal.kind, Goal::Kind::kAtMost);
  EXPECT_EQ(goal.figure, SearchFigure::kAnswerNllIncrease);
  EXPECT_EQ(goal.value, 0.05);
  EXPECT_EQ(parse_target("score_drop<=2").figure, SearchFigure::kScoreDrop);
  EXPECT_EQ(parse_target("  kl  <=  1e-3 ").value, 1e-3);
}

TEST(Goal, IsWrittenAsItIsRead) {
  for (const char* text : {"kl <= 0.001", "score_drop <= 2", "answer_nll_increase <= 0.05"}) {
    EXPECT_EQ(parse_target(text).text(), text);
  }
  const Goal align{.kind = Goal::Kind::kEqual,
                   .figure = SearchFigure::kSpeedupTtft,
                   .value = 1.68,
                   .tolerance = 0.02};
  EXPECT_EQ(align.text(), "speedup_ttft = 1.68 ± 0.02");
}

TEST(Goal, NamesWhatIsWrongWithATarget) {
  EXPECT_THAT(target_problem("answer_nl_increase <= 0.05"),
              HasSubstr("unknown figure 'answer_nl_increase'; did you mean 'answer_nll_increase'"));
  EXPECT_THAT(target_problem("kl < 0.1"), HasSubstr("expected a figure, '<=' and a limit"));
  EXPECT_THAT(target_problem("kl <= small"), HasSubstr("the limit 'small' is not a number"));
  EXPECT_THAT(target_problem("kl <= -1"), HasSubstr("the limit '-1'"));
  EXPECT_THAT(target_problem("kl <= nan"), HasSubstr("the limit 'nan'"));
  EXPECT_THAT(target_problem("speedup_ttft <= 2"), HasSubstr("unknown figure 'speedup_ttft'"));
}

TEST(Goal, KnowsWhichFiguresAreCounted) {
  for (const std::string& name : align_figures()) {
    const Goal goal{.kind = Goal::Kind::kEqual, .figure = parse_align_figure(name)};
    EXPECT_EQ(goal.is_counted(), name != "speedup_ttft") << name;
  }
  EXPECT_THROW(parse_align_figure("ideal_speed"), InputError);
}

}  // namespace
}  // namespace skipbench
