#include <fmt/format.h>
#include <gmock/gmock.h>

#include "harness/tasks/metrics/classification.h"
#include "harness/tasks/metrics/code_sim.h"
#include "harness/tasks/metrics/count.h"
#include "harness/tasks/metrics/difflib.h"
#include "harness/tasks/metrics/retrieval.h"
#include "harness/tasks/metrics/rouge.h"

// LongBench's scores on cases computed by hand from the published scorer's rules.
namespace skipbench {
namespace {

// The package's f: recall and precision over different words, with its 1e-8.
double rouge_f(double shared, double reference, double hypothesis) {
  const double recall = shared / reference, precision = shared / hypothesis;
  return 2.0 * ((precision * recall) / (precision + recall + 1e-8));
}

TEST(Rouge, TakesTheLongestCommonSubsequenceOfWords) {
  // "the cat" and "mat" in order: the, cat, mat of 6 and 4 different words.
  EXPECT_EQ(rouge({"the cat chased mat", "the big cat lay on mat"}), rouge_f(3, 6, 4));
}

TEST(Rouge, IsAlmostOneForEqualTextsAndZeroWithoutCommonWords) {
  EXPECT_EQ(rouge({"one two. three", "one two. three"}), rouge_f(3, 3, 3));
  EXPECT_LT(rouge({"one", "one"}), 1.0);
  EXPECT_EQ(rouge({"one", "two"}), 0.0);
}

TEST(Rouge, CountsDifferentWordsNotAllWords) {
  EXPECT_EQ(rouge({"no no no", "no"}), rouge_f(1, 1, 1));
}

TEST(Rouge, UnitesTheMatchesOfAllPairsOfSentences) {
  // The reference's one sentence meets "a b" in one sentence and "c d" in the other.
  EXPECT_EQ(rouge({"c d. a b", "a b c d"}), rouge_f(4, 4, 4));
}

TEST(Rouge, GoesOnInTheHypothesisWhenBothWaysAreEquallyLong) {
  // Either "a" or "b" is a longest subsequence; walking back from the end prefers to leave out the
  // hypothesis's word, and meets "b" first in one sentence and "a" in the other.
  EXPECT_EQ(rouge({"b a", "a b"}), rouge_f(1, 2, 2));
  EXPECT_EQ(rouge({"b a. x", "a b. y a"}), rouge_f(2, 3, 3));
}

TEST(Rouge, MindsCaseAndPunctuation) {
  EXPECT_EQ(rouge({"The Cat", "the cat"}), 0.0);
  EXPECT_EQ(rouge({"cat,", "cat"}), 0.0);
}

TEST(Rouge, AWhiteSpacePieceIsASentenceOfOneEmptyWord) {
  EXPECT_EQ(rouge({"a. ", "b. "}), rouge_f(1, 2, 2));  // the empty words match
  EXPECT_EQ(rouge({"a.", "b."}), 0.0);                 // an empty piece is no sentence
}

TEST(Rouge, IsZeroWhenASideHasNoSentence) {
  EXPECT_EQ(rouge({"", "a"}), 0.0);
  EXPECT_EQ(rouge({"a", "..."}), 0.0);
}

TEST(Rouge, IsZeroWhereThePackageRunsOutOfRecursion) {
  std::string words;
  for (int i = 0; i < 990; ++i) words += fmt::format("w{} ", i);
  EXPECT_EQ(rouge({words, words}), rouge_f(990, 990, 990));
  words += "more";
  EXPECT_EQ(rouge({words, words}), 0.0);
}

double classify(std::string_view prediction, std::string_view gold,
                const std::vector<std::string>& classes) {
  return classification({prediction, gold, classes});
}

TEST(Classification, SharesThePointAmongTheClassesThatAreNamed) {
  EXPECT_EQ(classify("a dog", "dog", {"cat", "dog"}), 1.0);
  EXPECT_EQ(classify("dog or cat", "dog", {"cat", "dog"}), 0.5);
  EXPECT_EQ(classify("cat", "dog", {"cat", "dog"}), 0.0);
  EXPECT_EQ(classify("", "dog", {"cat", "dog"}), 0.0);
}

TEST(Classification, DropsClassesThatArePartOfTheGoldName) {
  EXPECT_EQ(classify("hot dog", "hot dog", {"dog", "hot dog"}), 1.0);
  EXPECT_EQ(classify("hot dog", "dog", {"dog", "hot dog"}), 0.5);
}

TEST(Classification, OverlooksTheClassBehindADroppedOne) {
  // "o" is dropped, so "do" is not looked at and stays beside "dog".
  EXPECT_EQ(classify("dog", "dog", {"o", "do", "dog"}), 0.5);
}

TEST(Count, IsTheShareOfRightNumbers) {
  EXPECT_EQ(count({"There are 7 paragraphs, or 7.", "7"}), 1.0);
  EXPECT_EQ(count({"7 of 10", "7"}), 0.5);
  EXPECT_EQ(count({"seven", "7"}), 0.0);
  EXPECT_EQ(count({"07", "7"}), 0.0);  // as text
}

TEST(Retrieval, ComparesWithTheNumberOfTheGoldParagraph) {
  EXPECT_EQ(retrieval({"Paragraph 12", "Paragraph 12"}), 1.0);
  EXPECT_EQ(retrieval({"12, not 13 or 14", "Paragraph 12"}), 1.0 / 3);
  EXPECT_EQ(retrieval({"Paragraph 1", "Paragraph 12"}), 0.0);
  EXPECT_EQ(retrieval({"12", "twelve"}), 0.0);
}

TEST(CodeSim, LooksAtTheFirstLineThatHoldsNoComment) {
  EXPECT_EQ(code_sim({"\n\n# note\n```\n// more\nreturn x\nreturn y", "return x"}), 1.0);
  EXPECT_EQ(code_sim({"# only\n# comments", ""}), 1.0);
  EXPECT_EQ(code_sim({"# only", "x"}), 0.0);
  EXPECT_EQ(code_sim({"x", ""}), 0.0);
  EXPECT_LT(code_sim({" return x", "return x"}), 1.0);  // leading blanks count
}

TEST(CodeSim, RoundsTheRatioToHundredthsWithHalvesToEven) {
  EXPECT_EQ(code_sim({"abcd", "bcde"}), 0.75);          // 2 * 3 / 8
  EXPECT_EQ(code_sim({"abc", "abd"}), 0.67);            // 2 * 2 / 6
  EXPECT_EQ(code_sim({"abbbbbbb", "axxxxxxx"}), 0.12);  // 2 * 1 / 16 = 0.125
}

TEST(CodeSim, TheLevenshteinVariantFindsCommonPartsThatTheLongestBlockCutsOff) {
  // difflib takes the block "qab", behind which nothing is left of the gold line: 2 * 3 / 13. The
  // longest common subsequence is "abcd": 2 * 4 / 13.
  EXPECT_EQ(code_sim({"qabxcd", "abcdqab"}), 0.46);
  EXPECT_EQ(code_sim_levenshtein({"qabxcd", "abcdqab"}), 0.62);
}

TEST(Difflib, CountsCodePoints) {
  EXPECT_EQ(sequence_matcher_ratio(U"\u00e9\U0001f600", U"\u00e9x"), 0.5);
  EXPECT_EQ(sequence_matcher_ratio(U"", U""), 1.0);
}

TEST(Difflib, PopularElementsOfALongTextStartNoMatch) {
  const std::u32string long_text(200, U'a'), short_text(199, U'a');
  EXPECT_EQ(sequence_matcher_ratio(U"xaaa", short_text), 2.0 * 3 / 203);
  EXPECT_EQ(sequence_matcher_ratio(U"xaaa", long_text), 0.0);
  // Where both texts begin alike, even an empty match is lengthened.
  EXPECT_EQ(sequence_matcher_ratio(U"aaaa", long_text), 2.0 * 4 / 204);
  // A rare element starts one, and the popular ones beside it lengthen it.
  EXPECT_EQ(sequence_matcher_ratio(U"aaba", long_text + U"b"), 2.0 * 3 / 205);
}

}  // namespace
}  // namespace skipbench
