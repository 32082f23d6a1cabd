#include "harness/text/special_tokens.h"

#include <gtest/gtest.h>

namespace skipbench {
namespace {

TEST(SpecialTokens, TakesTheLongestAtTheLeftmostPlace) {
  SpecialTokens specials;
  specials.add("<|im|>", 1);
  specials.add("<|im|>x", 2);
  specials.add("", 3);
  const auto match = specials.find("a<|i<|im|>xx", 0);
  EXPECT_EQ(match.begin, 4u);
  EXPECT_EQ(match.length, 7u);
  EXPECT_EQ(match.token, 2);
}

TEST(SpecialTokens, FallsBackToAShorterOneWhenTheLongerBreaksOff) {
  SpecialTokens specials;
  specials.add("<s", 1);
  specials.add("<s></s>", 2);
  EXPECT_EQ(specials.find("<s></", 0).token, 1);
}

TEST(SpecialTokens, WithoutAMatchPointsBehindTheText) {
  const auto match = SpecialTokens().find("abc", 1);
  EXPECT_EQ(match.begin, 3u);
  EXPECT_EQ(match.token, -1);
}

}  // namespace
}  // namespace skipbench
