#include "harness/tasks/metrics/metric.h"

#include <gmock/gmock.h>

#include "harness/tasks/metrics/contains_answer.h"
#include "harness/tasks/metrics/exact_match.h"
#include "harness/tasks/metrics/qa_f1.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

using testing::ElementsAre;

TEST(Metrics, AMisspeltNameGetsTheNearestOne) {
  EXPECT_EQ(find_metric("qa_f1").name, "qa_f1");
  EXPECT_THAT([] { find_metric("exact_mach"); },
              testing::ThrowsMessage<InputError>(
                  "unknown metric 'exact_mach'; did you mean 'exact_match'?"));
}

TEST(Metrics, TheBestAnswerCountsAndNoneIsZero) {
  const std::vector<std::string> answers = {"green", "dark blue", "red"};
  EXPECT_EQ(best_score(find_metric("exact_match"), "Dark blue.", answers), 1.0);
  EXPECT_EQ(best_score(find_metric("exact_match"), "yellow", answers), 0.0);
  EXPECT_EQ(best_score(find_metric("exact_match"), "yellow", {}), 0.0);
  EXPECT_EQ(score_metric("exact_match", "red", answers).value, 100.0);
}

TEST(NormalizedWords, DropCasePunctuationAndArticles) {
  EXPECT_THAT(normalized_words("The quick, brown fox!"), ElementsAre("quick", "brown", "fox"));
  EXPECT_THAT(normalized_words("An apple a day - the (only) way"),
              ElementsAre("apple", "day", "only", "way"));
  EXPECT_THAT(normalized_words(""), ElementsAre());
  EXPECT_THAT(normalized_words("a an the ... !"), ElementsAre());
}

TEST(NormalizedWords, TakeOutArticlesAsWholeWordsOnly) {
  EXPECT_THAT(normalized_words("another theatre ant a_b an1"),
              ElementsAre("another", "theatre", "ant", "ab", "an1"));
}

// Punctuation is deleted before words are looked for, so it joins what it separated.
TEST(NormalizedWords, DeletedPunctuationJoinsItsNeighbours) {
  EXPECT_THAT(normalized_words("state-of-the-art 1,847 it's A."),
              ElementsAre("stateoftheart", "1847", "its"));
}

TEST(NormalizedWords, FollowPythonsIdeaOfWordsAndSpaces) {
  // A typographic dash is no ASCII punctuation, no word character and no space: it stays, and the
  // article beside it goes.
  EXPECT_THAT(normalized_words("the\u2014end"), ElementsAre("\u2014end"));
  EXPECT_THAT(normalized_words("x\u2014the\u2014y"), ElementsAre("x\u2014", "\u2014y"));
  // No-break and ideographic spaces separate; a letter with an accent is a letter.
  EXPECT_THAT(normalized_words("caf\u00e9\u00a0a\u3000\u00c9t\u00e9"),
              ElementsAre("caf\u00e9", "\u00e9t\u00e9"));
  EXPECT_THAT(normalized_words("the\u00e9"), ElementsAre("the\u00e9"));
  // A combining mark is no word character, so there is a word boundary before and after it.
  EXPECT_THAT(normalized_words("a\u0301"), ElementsAre("\u0301"));
}

TEST(QaF1, IsTheHarmonicMeanOfPrecisionAndRecall) {
  EXPECT_EQ(qa_f1({"Paris", "paris."}), 1.0);
  EXPECT_EQ(qa_f1({"London", "Paris"}), 0.0);
  // Overlap 2 of 4 predicted and 3 gold words: P = 0.5, R = 2/3, F1 = 4/7.
  EXPECT_EQ(qa_f1({"the big red old barn", "red barn door"}),
            2 * 0.5 * (2.0 / 3) / (0.5 + 2.0 / 3));
}

TEST(QaF1, CountsRepeatedWordsAsOftenAsBothSidesHaveThem) {
  // "very" twice against three times: overlap 2 + good = 3; P = 3/3, R = 3/4.
  EXPECT_EQ(qa_f1({"very very good", "very very very good"}), 2 * 1.0 * 0.75 / 1.75);
}

TEST(QaF1, IsZeroWhenNothingIsLeft) {
  EXPECT_EQ(qa_f1({"", ""}), 0.0);
  EXPECT_EQ(qa_f1({"the", "the"}), 0.0);
}

TEST(ExactMatch, ComparesNormalisedWordsInOrder) {
  EXPECT_EQ(exact_match({" The Ox. ", "ox"}), 1.0);
  EXPECT_EQ(exact_match({"blue dark", "dark blue"}), 0.0);
  EXPECT_EQ(exact_match({"dark blue sea", "dark blue"}), 0.0);
}

TEST(ContainsAnswer, IgnoresCaseAndNothingElse) {
  EXPECT_EQ(contains_answer({"It was THE OX, they say", "the Ox"}), 1.0);
  EXPECT_EQ(contains_answer({"\u00c4pfel", "\u00e4pfel"}), 1.0);
  EXPECT_EQ(contains_answer({"1847", "1,847"}), 0.0);
  EXPECT_EQ(contains_answer({"anything", ""}), 0.0);
}

}  // namespace
}  // namespace skipbench
