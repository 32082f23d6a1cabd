#include "harness/tasks/metrics/unicode.h"

#include <gmock/gmock.h>

namespace skipbench {
namespace {

using testing::ElementsAre;

TEST(Lower, MapsAsciiAndLeavesTheRest) {
  EXPECT_EQ(lower("AZ az [@`{ 09\n"), "az az [@`{ 09\n");
  EXPECT_EQ(lower(""), "");
}

// Expected values are what Python 3's str.lower() gives.
TEST(Lower, FollowsPythonBeyondAscii) {
  EXPECT_EQ(lower("\u00c4\u00d6\u00dc \u0416"), "\u00e4\u00f6\u00fc \u0436");
  EXPECT_EQ(lower("\u0130x"), "i\u0307x");                   // I with dot: two code points
  EXPECT_EQ(lower("\u039f\u03a3"), "\u03bf\u03c2");          // sigma at the end of a word
  EXPECT_EQ(lower("\u03a3\u039f"), "\u03c3\u03bf");          // sigma elsewhere
  EXPECT_EQ(lower("\u1e9e \u00df"), "\u00df \u00df");        // capital sharp s
  EXPECT_EQ(lower("\u212a"), "k");                           // Kelvin sign
  EXPECT_EQ(lower("\u4e2d\U0001f600"), "\u4e2d\U0001f600");  // no case
}

TEST(Lower, LeavesBrokenUtf8AsItIs) {
  EXPECT_EQ(lower("A\xff\x80Z\xc3"), "a\xff\x80z\xc3");
}

TEST(WhiteSpace, IsPythons) {
  for (const char32_t c : {U'\t', U'\n', U'\v', U'\f', U'\r', U' ', U'\x1c', U'\x1f', U'\u0085',
                           U'\u00a0', U'\u2003', U'\u2028', U'\u202f', U'\u3000'}) {
    EXPECT_TRUE(is_white_space(c)) << static_cast<uint32_t>(c);
  }
  for (const char32_t c : {U'a', U'\x1b', U'\u200b', U'\u180e', U'\ufeff'}) {
    EXPECT_FALSE(is_white_space(c)) << static_cast<uint32_t>(c);
  }
}

TEST(WordCharacters, AreLettersNumbersAndTheUnderscore) {
  for (const char32_t c : {U'a', U'Z', U'7', U'_', U'\u00e9', U'\u4e2d', U'\u0663', U'\u00b2',
                           U'\u00bd', U'\u2167', U'\U00010400'}) {
    EXPECT_TRUE(is_word(c)) << static_cast<uint32_t>(c);
  }
  for (const char32_t c : {U'-', U' ', U'\u0301', U'\u2014', U'\u20ac', U'\U0001f600'}) {
    EXPECT_FALSE(is_word(c)) << static_cast<uint32_t>(c);
  }
}

TEST(SplitWhiteSpace, GivesNoEmptyParts) {
  EXPECT_THAT(split_white_space("  a\t\nb\u2003c\x1c "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split_white_space(" \n"), ElementsAre());
  EXPECT_THAT(split_white_space(""), ElementsAre());
}

}  // namespace
}  // namespace skipbench
