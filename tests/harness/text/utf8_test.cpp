#include "harness/text/utf8.h"

#include <gtest/gtest.h>

namespace skipbench {
namespace {

const std::string kBad = "\xEF\xBF\xBD";

TEST(Utf8, KeepsValidTextAsItIs) {
  for (std::string text :
       {"", "plain ASCII, longer than eight bytes", "\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80",
        "\xEE\x80\x80\xEF\xBF\xBF\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_valid_utf8(text)) << text;
    EXPECT_EQ(replace_invalid_utf8(text), text);
  }
}

TEST(Utf8, ReplacesEachMaximalBrokenPartByOneCharacter) {
  // Expectations: Python 3.11, bytes.decode(errors="replace").
  const std::pair<std::string, std::string> cases[] = {
      {"\x80", kBad},
      {"\xC0\xAF", kBad + kBad},  // an over-long slash
      {"\xE4\xB8", kBad},         // the beginning of U+4E2D
      {"\xE4\xB8x", kBad + "x"},
      {"\xF0\x9F\x98", kBad},
      {"\xED\xA0\x80", kBad + kBad + kBad},             // a surrogate
      {"\xF4\x90\x80\x80", kBad + kBad + kBad + kBad},  // above U+10FFFF
      {"\xE0\x80\x80", kBad + kBad + kBad},
      {"abcdefgh\xFFijklmnop", "abcdefgh" + kBad + "ijklmnop"},
  };
  for (const auto& [bytes, text] : cases) {
    EXPECT_FALSE(is_valid_utf8(bytes));
    EXPECT_EQ(replace_invalid_utf8(bytes), text);
  }
}

TEST(Utf8, CodePointsSurviveTheWayThereAndBack) {
  for (char32_t c :
       {U'\0', U'\x7F', U'\x80', U'\x7FF', U'\x800', U'\xFFFF', U'\x10000', U'\x10FFFF'}) {
    std::string text;
    append_utf8(text, c);
    EXPECT_TRUE(is_valid_utf8(text));
    EXPECT_EQ(code_point(text), c);
  }
}

TEST(Utf8, StripTakesOffWhatPythonStrips) {
  EXPECT_EQ(strip(" \t\n\x1C\xC2\xA0\xE3\x80\x80 a b \xE2\x80\xA8\r\n"), "a b");
  EXPECT_EQ(strip("\xE2\x80\x8Bx"), "\xE2\x80\x8Bx");  // U+200B is no white space
  EXPECT_EQ(strip(" \n "), "");
  EXPECT_EQ(strip(""), "");
}

}  // namespace
}  // namespace skipbench
