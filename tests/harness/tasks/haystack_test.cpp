#include "harness/tasks/haystack.h"

#include <gmock/gmock.h>

#include "tests/harness/tasks/support/make_task.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::StartsWith;

// Three sentences: starts at 0, 4, 8; ends at 3, 7, 11.
Haystack three_sentences() {
  return {"Aa. Bb. Cc.", {3, 7, 11}, {0, 4, 8}, " ", true};
}

TEST(Compose, WithoutInsertionsIsTheTextUpToTheCut) {
  EXPECT_EQ(compose(three_sentences(), 0, {}), "");
  EXPECT_EQ(compose(three_sentences(), 2, {}), "Aa. Bb.");
  EXPECT_EQ(compose(three_sentences(), 3, {}), "Aa. Bb. Cc.");
}

TEST(Compose, PutsAnInsertionAtTheNearestBreak) {
  const auto at = [](double depth) {
    const Insertion needle{"X.", depth};
    return compose(three_sentences(), 3, {&needle, 1});
  };
  EXPECT_EQ(at(0.0), "X. Aa. Bb. Cc.");
  EXPECT_EQ(at(0.4), "Aa. X. Bb. Cc.");
  EXPECT_EQ(at(0.7), "Aa. Bb. X. Cc.");
  EXPECT_EQ(at(1.0), "Aa. Bb. Cc. X.");
}

TEST(Compose, KeepsTheOrderOfInsertionsAtOnePlace) {
  const Insertion needles[] = {{"X.", 1.0}, {"Y.", 0.0}, {"Z.", 1.0}};
  EXPECT_EQ(compose(three_sentences(), 1, needles), "Y. Aa. X. Z.");
}

TEST(Compose, AnEmptyTextHoldsTheInsertionsAlone) {
  const Insertion needles[] = {{"X.", 0.5}, {"Y.", 0.5}};
  EXPECT_EQ(compose(three_sentences(), 0, needles), "X. Y.");
}

TEST(Compose, NeverPutsAnythingBehindACutSentence) {
  Haystack haystack = three_sentences();
  haystack.cuts = {3, 7, 10};
  haystack.end_is_break = false;
  const Insertion needle{"X.", 1.0};
  EXPECT_EQ(compose(haystack, 3, {&needle, 1}), "Aa. Bb. X. Cc");
}

TEST(Haystacks, AreAsLongAsAskedAndTheirOffsetsLieAtWordsAndSentences) {
  std::vector<const Article*> order;
  for (const Article& article : articles().first(3)) order.push_back(&article);
  for (const Haystack& haystack :
       {noise_haystack(20000), sentence_haystack(order, 20000), article_haystack(order, 20000)}) {
    EXPECT_GE(haystack.text.size(), 20000u);
    EXPECT_TRUE(std::is_sorted(haystack.cuts.begin(), haystack.cuts.end()));
    EXPECT_TRUE(std::is_sorted(haystack.breaks.begin(), haystack.breaks.end()));
    EXPECT_EQ(haystack.cuts.back(), haystack.text.size());
    EXPECT_EQ(haystack.breaks.front(), 0u);
    for (const size_t cut : haystack.cuts) {
      ASSERT_TRUE(cut == haystack.text.size() || std::isspace(haystack.text[cut])) << cut;
      ASSERT_FALSE(std::isspace(haystack.text[cut - 1])) << cut;
    }
    for (const size_t begin : haystack.breaks) {
      ASSERT_TRUE(begin == 0 || std::isspace(haystack.text[begin - 1])) << begin;
      ASSERT_FALSE(std::isspace(haystack.text[begin])) << begin;
    }
  }
}

TEST(ArticleHaystack, BreaksBetweenArticlesAndRepeatsThemInOrder) {
  const Article first{"a", "Alpha", "One two. Three.", {}}, second{"b", "Beta", "Four.", {}};
  const Article* const order[] = {&first, &second};
  const Haystack haystack = article_haystack(order, 40);
  EXPECT_EQ(haystack.text, "Alpha\n\nOne two. Three.\n\nBeta\n\nFour.\n\nAlpha\n\nOne two. Three.");
  EXPECT_THAT(haystack.breaks, ElementsAre(0, 24, 37));
  EXPECT_THAT(haystack.text.substr(24), StartsWith("Beta"));
}

TEST(SentenceHaystack, BreaksAtSentencesAndParagraphs) {
  const Article article{"a", "Alpha", "One two. Is it? Yes!\n\nSo.", {}};
  const Article* const order[] = {&article};
  const Haystack haystack = sentence_haystack(order, 10);
  EXPECT_THAT(haystack.breaks, ElementsAre(0, 9, 16, 22));
  EXPECT_THAT(haystack.cuts, ElementsAre(3, 8, 11, 15, 20, 25));
}

std::string words(size_t count) {
  std::string text = "frame";
  for (size_t i = 0; i < count; ++i) text += i % 7 == 0 ? " four words in one" : " one";
  return text;
}

TEST(FitUnits, ComesWithinHalfAPercentFromBelowInFewCounts) {
  for (const int64_t target : {5, 17, 100, 1000, 12345}) {
    int counts = 0;
    const auto count = [&](std::string_view text) {
      ++counts;
      return count_words(text);
    };
    const auto units = fit_units(target, 100000, words, count);
    ASSERT_TRUE(units.has_value());
    EXPECT_LE(count_words(words(*units)), target);
    EXPECT_GT(count_words(words(*units)) + std::max<int64_t>(4, target / 200), target);
    EXPECT_LE(counts, 20);
  }
}

TEST(FitUnits, TakesEverythingWhenEverythingFits) {
  EXPECT_EQ(fit_units(1000, 12, words, count_words), 12u);
  EXPECT_EQ(fit_units(1000, 0, words, count_words), 0u);
}

TEST(FitUnits, SaysWhenEvenNothingIsTooMuch) {
  const auto frame_of_nine = [](size_t) { return std::string("1 2 3 4 5 6 7 8 9"); };
  EXPECT_EQ(fit_units(8, 100, frame_of_nine, count_words), std::nullopt);
}

}  // namespace
}  // namespace skipbench
