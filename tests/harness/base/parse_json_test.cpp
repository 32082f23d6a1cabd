#include "harness/base/parse_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/filled_lines.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string error_of(const std::string& text, size_t first_line = 1) {
  try {
    parse_json(text, "f.json", first_line);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(ParseJson, ReadsWhatIsJson) {
  EXPECT_EQ(parse_json(R"({"a": [1, 2]})", "f.json").at("a").at(1), 2);
}

TEST(ParseJson, SaysWhereInTheFileAndWhatToDo) {
  EXPECT_EQ(
      error_of("{\"a\": 1,\n \"b\": 2 \"c \\\" d\": 3}"),
      "f.json:2:9: not JSON: unexpected string literal; expected '}'; put a comma between two "
      "entries");
  EXPECT_EQ(error_of("{\"a\": 1,}", 7),
            "f.json:7:9: not JSON: unexpected '}'; expected string literal; keys stand in double "
            "quotes, and after the last entry no comma");
  EXPECT_EQ(error_of("{\"a\": }"),
            "f.json:1:7: not JSON: unexpected '}'; expected '[', '{', or a literal; a value is "
            "missing before it");
}

TEST(ParseJson, HasAnAdviceForWhatIsMistakenMost) {
  EXPECT_THAT(error_of("{'a': 1}"), HasSubstr("keys stand in double quotes"));
  EXPECT_THAT(error_of("{\"a\": NaN}"), HasSubstr("words are true, false and null"));
  EXPECT_THAT(error_of("[1, 2"), HasSubstr("close what is open"));
  EXPECT_THAT(error_of("[1,]"), HasSubstr("leave out the comma"));
  EXPECT_THAT(error_of("{\"a\": \"b"), HasSubstr("end the text with \""));
  EXPECT_THAT(error_of("\"a\nb\""), HasSubstr("no line break"));
  EXPECT_THAT(error_of("\"\xFF\""), HasSubstr("save the file as UTF-8"));
  EXPECT_THAT(error_of("{} {}"), HasSubstr("on a line of its own"));
  EXPECT_THAT(error_of("[2,\n 1e999]"), HasSubstr("f.json:2:2: not JSON: number overflow"));
  EXPECT_THAT(error_of(" \n"), HasSubstr("there is nothing in it"));
}

TEST(ParseJson, FindsWhereANumberOrAWordBegins) {
  EXPECT_THAT(error_of("{\"1e999\": \"\\\"1e999\",\n \"b\": 1e999}"),
              HasSubstr("f.json:2:7: not JSON"));
  EXPECT_THAT(error_of("{\"a\": 1 12345}"), HasSubstr("f.json:1:9: not JSON: unexpected number"));
  EXPECT_THAT(error_of("[1 true]"), HasSubstr("f.json:1:4: not JSON: unexpected true"));
}

TEST(ParseJson, TakesNoWordsOfTheTextForItsOwn) {
  const std::string error = error_of("{\"a\": \"x; expected foo " + std::string(5'000, 'x'));
  EXPECT_EQ(error.substr(error.find("JSON: ")),
            "JSON: invalid string: missing closing quote; end the text with \"");
}

TEST(ParseJson, RepeatsNeitherTheLibrarysNumberNorALongText) {
  for (const std::string& text :
       {std::string("{"), std::string("[1e999]"), "{\"prompt\": \"" + std::string(10'000, 'x')}) {
    const std::string error = error_of(text);
    EXPECT_THAT(error, Not(HasSubstr("json.exception")));
    EXPECT_LT(error.size(), 200u);
  }
}

TEST(FilledLines, AreCountedWithTheBlankOnes) {
  const std::vector<FileLine> lines = filled_lines("a\n \t\r\n\nb\r\nc");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1].text, "b\r");
  EXPECT_EQ(lines[1].number, 4u);
  EXPECT_EQ(lines[2].number, 5u);
  EXPECT_TRUE(filled_lines("").empty());
}

}  // namespace
}  // namespace skipbench
