#include "harness/yaml/yaml_tree.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/yaml/yaml_values.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string yaml_problems(const std::string& text) {
  Problems problems;
  try {
    const YamlNode root = parse_yaml(text, "f.yaml", problems);
    to_json(root, problems);
    problems.throw_if_any();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

Json value_of(const std::string& text) {
  Problems problems;
  Json value = to_json(parse_yaml(text, "f.yaml", problems), problems);
  problems.throw_if_any();
  return value;
}

TEST(Yaml, TellsIntegersFromNumbersWithAPoint) {
  EXPECT_TRUE(value_of("1").is_number_integer());
  EXPECT_TRUE(value_of("1.0").is_number_float());
  EXPECT_TRUE(value_of("1e3").is_number_float());
  EXPECT_EQ(value_of("[-3, +4, 0, .5, 2.]"), Json::parse("[-3, 4, 0, 0.5, 2.0]"));
}

TEST(Yaml, ReadsQuotedNumbersAsText) {
  EXPECT_EQ(value_of("'010'"), Json("010"));
  EXPECT_EQ(value_of("\"true\""), Json("true"));
}

TEST(Yaml, ReadsWordsBooleansAndNull) {
  EXPECT_EQ(value_of("{a: true, b: False, c: ~, d: , e: word, f: 1_000}"),
            Json::parse(R"({"a": true, "b": false, "c": null, "d": null, "e": "word",
                            "f": "1_000"})"));
}

TEST(Yaml, RefusesALeadingZeroAtItsPlace) {
  EXPECT_EQ(yaml_problems("a: 1\nb: [2, 010]\n"),
            "f.yaml:2:8: '010' has a leading zero, which some read as octal; write it without");
}

TEST(Yaml, RefusesWordsThatOldReadersTakeForBooleans) {
  EXPECT_THAT(yaml_problems("pap: yes"), HasSubstr("f.yaml:1:6: 'yes': write true or false"));
  EXPECT_THAT(yaml_problems("pap: Off"), HasSubstr("write true or false"));
}

TEST(Yaml, RefusesOtherBasesInfinityAndHugeNumbers) {
  EXPECT_THAT(yaml_problems("a: 0x1F"),
              HasSubstr("f.yaml:1:4: '0x1F': write the number in decimal"));
  EXPECT_THAT(yaml_problems("a: .inf"), HasSubstr("not a usable number"));
  EXPECT_THAT(yaml_problems("a: 99999999999999999999"), HasSubstr("does not fit into 64 bits"));
}

TEST(Yaml, SaysThatTabsDoNotIndent) {
  const auto expect_tab = [](const std::string& text, int line) {
    EXPECT_THAT(
        yaml_problems(text),
        StartsWith(fmt::format("f.yaml:{}: the line is indented with a tab, which YAML does "
                               "not allow; indent with spaces (YAML syntax: ",
                               line)));
  };
  expect_tab("tasks:\n\t- needle\n", 2);
  expect_tab("model:\n\tcheckpoint: m\n", 2);
  expect_tab("tasks:\n  - task: needle\n \t  lengths: [512]\n", 3);
  expect_tab("model:\n  checkpoint: m\n\tdevice: cpu\n", 3);
  EXPECT_EQ(yaml_problems("a: {b: 1,\n\tc: 2}\n# \t\n\t\n"), "");
  EXPECT_EQ(yaml_problems("a: {b: 1,\n\tc: 2}\nd: e\nf: g: h\n"),
            "f.yaml:4:5: YAML syntax: illegal map value");
}

TEST(Yaml, NamesTheTabOfTheLineBeforeASyntaxError) {
  EXPECT_EQ(yaml_problems("a:\n\tb\n\n  c: 1\n"),
            "f.yaml:4:4: YAML syntax: illegal map value; line 2 is indented with a tab, which YAML "
            "does not allow; indent with spaces");
}

TEST(Yaml, NamesBothPlacesOfADuplicateKey) {
  EXPECT_EQ(yaml_problems("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n"),
            "f.yaml:4:3: duplicate key 'c', first given on line 3\n"
            "f.yaml:5:1: duplicate key 'a', first given on line 1");
}

TEST(Yaml, RefusesMergesAnchorsAliasesAndTags) {
  const std::string found = yaml_problems("a: &x {b: 1}\nc:\n  <<: *x\nd: !!str 5\n");
  EXPECT_THAT(found, HasSubstr("f.yaml:1:4: anchors"));
  EXPECT_THAT(found, HasSubstr("f.yaml:3:3: merges"));
  EXPECT_THAT(found, HasSubstr("f.yaml:3:7: aliases"));
  EXPECT_THAT(found, HasSubstr("f.yaml:4:4: tags"));
}

TEST(Yaml, DoesNotFollowAliasesThatWouldGrowWithoutEnd) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 40; ++i) text += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}]\n", i, i - 1);
  EXPECT_THAT(yaml_problems(text), HasSubstr("aliases"));
}

TEST(Yaml, TellsWhereTheSyntaxBreaks) {
  EXPECT_THAT(yaml_problems("a: [1, 2\nb: 3\n"), HasSubstr("f.yaml:2:"));
  EXPECT_THAT(yaml_problems("a: [1, 2\nb: 3\n"), HasSubstr("YAML syntax"));
  EXPECT_THAT(yaml_problems("a:\n\t- 1\n"), HasSubstr("f.yaml:2:"));
}

TEST(Yaml, RefusesEmptyFilesAndSecondDocuments) {
  EXPECT_THAT(yaml_problems(""), HasSubstr("the file is empty"));
  EXPECT_THAT(yaml_problems("a: 1\n---\nb: 2\n"), HasSubstr("a second document"));
}

TEST(Yaml, FindsTheNearestEnclosingPlaceOfAPath) {
  Problems problems;
  const YamlNode root = parse_yaml("p:\n  budgets: [1,\n    2]\n", "f.yaml", problems);
  EXPECT_EQ(root.locate("p.budgets[1]").text(), "f.yaml:3:5");
  EXPECT_EQ(root.locate("p.budgets[7]").text(), "f.yaml:2:3");
  EXPECT_EQ(root.locate("p.nothing").text(), "f.yaml:1:1");
}

}  // namespace
}  // namespace skipbench
