#include "harness/text/word_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace skipbench {
namespace {

using testing::ElementsAre;

std::vector<std::string> words(PreTokenizer kind, std::string_view text) {
  const WordSplitter splitter(kind);
  WordSplitter::Cursor cursor(splitter, text);
  std::vector<std::string> result;
  for (auto word = cursor.next(); !word.empty(); word = cursor.next()) result.emplace_back(word);
  return result;
}

TEST(WordSplitter, Gpt2KeepsTheSpaceWithTheWordAndDigitsTogether) {
  EXPECT_THAT(words(PreTokenizer::kGpt2, "I'll  pay 1234, x!?"),
              ElementsAre("I", "'ll", " ", " pay", " 1234", ",", " x", "!?"));
}

TEST(WordSplitter, SmolLmCutsBeforeEveryDigitAndTheSpaceBeforeIt) {
  EXPECT_THAT(words(PreTokenizer::kSmolLm, "a  12 b"), ElementsAre("a", "  ", "1", "2", " b"));
  EXPECT_THAT(words(PreTokenizer::kSmolLm, "a  b"), ElementsAre("a", " ", " b"));
}

TEST(WordSplitter, LlamaTakesThreeDigitsQwenOne) {
  EXPECT_THAT(words(PreTokenizer::kLlamaBpe, "x 12345"), ElementsAre("x", " ", "123", "45"));
  EXPECT_THAT(words(PreTokenizer::kQwen2, "x 123"), ElementsAre("x", " ", "1", "2", "3"));
}

TEST(WordSplitter, LlamaAndQwenKeepNewLinesWithWhatStandsBefore) {
  for (PreTokenizer kind : {PreTokenizer::kLlamaBpe, PreTokenizer::kQwen2}) {
    EXPECT_THAT(words(kind, "HE'S (ok).\n\n  x"),
                ElementsAre("HE", "'S", " (", "ok", ").\n\n", " ", " x"));
  }
}

TEST(WordSplitter, MongolianVowelSeparatorIsNoWhiteSpace) {
  EXPECT_THAT(words(PreTokenizer::kGpt2, "a\xE1\xA0\x8E b"),
              ElementsAre("a", "\xE1\xA0\x8E", " b"));
}

TEST(WordSplitter, LettersAddedInUnicode16AreLettersWithAnyLibrary) {
  // U+1C89, U+A7CB: newer than the Unicode 14 of PCRE2 10.42.
  EXPECT_THAT(words(PreTokenizer::kGpt2, "a\xE1\xB2\x89\xEA\x9F\x8B"),
              ElementsAre("a\xE1\xB2\x89\xEA\x9F\x8B"));
}

TEST(WordSplitter, EveryByteBelongsToOneWord) {
  std::string text;
  for (int c = 0; c < 128; ++c) text += std::string(3, static_cast<char>(c)) + "\xE4\xB8\xAD";
  for (auto kind : {PreTokenizer::kGpt2, PreTokenizer::kSmolLm, PreTokenizer::kLlamaBpe,
                    PreTokenizer::kQwen2}) {
    std::string joined;
    for (const std::string& word : words(kind, text)) joined += word;
    EXPECT_EQ(joined, text);
  }
}

TEST(WordSplitter, TimeGrowsWithTheTextOnRunsOfWhiteSpace) {
  const std::string runs = std::string(4 << 20, ' ') + "x" + std::string(4 << 20, '\n') + "y";
  for (auto kind : {PreTokenizer::kGpt2, PreTokenizer::kSmolLm, PreTokenizer::kLlamaBpe,
                    PreTokenizer::kQwen2}) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_LE(words(kind, runs).size(), 6u);
    // Milliseconds when linear; hours when every start were tried.
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  }
}

}  // namespace
}  // namespace skipbench
