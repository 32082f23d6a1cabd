#include "methods/interface/parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skipbench {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct Group {
  int64_t depth = 3;

  template <class Visitor>
  void visit(Visitor& v) {
    v("depth", depth, Field{.help = "layers", .source = "inferred", .low = 0, .high = 9});
  }
};

struct Example {
  bool on = true;
  Group group;
  double ratio = 0.2;
  std::string mode = "inside";
  Budget budget = Budget::tokens(64);
  Budget step;
  std::vector<int64_t> ends = {1, 2};
  std::vector<Budget> budgets;
  std::optional<Budget> final_budget;
  std::optional<std::vector<Budget>> others;

  template <class Visitor>
  void visit(Visitor& v) {
    v("on", on, Field{.help = "a switch"});
    group.visit(v);
    v("ratio", ratio, Field{.help = "a ratio", .low = 0, .high = 1});
    v("mode", mode, Field{.help = "a mode", .choices = {"inside", "union"}});
    v("budget", budget, Field{.help = "a budget"});
    v("step", step, Field{.help = "a step", .low = 0});
    v("ends", ends, Field{.help = "layers", .low = 0});
    v("budgets", budgets, Field{.help = "budgets", .required = true});
    v("final_budget", final_budget, Field{.help = "the last budget"});
    v("others", others, Field{.help = "other budgets"});
  }

  void check(std::vector<ParameterProblem>& problems) const {
    if (ends.size() != budgets.size()) problems.push_back({"budgets", "one for each of ends"});
  }
};

Json parse(const char* text) {
  return Json::parse(text);
}

std::vector<ParameterProblem> problems_of(const char* text) {
  std::vector<ParameterProblem> problems;
  read_parameters<Example>(parse(text), problems);
  return problems;
}

TEST(Parameters, WhatIsNotGivenKeepsItsDefault) {
  std::vector<ParameterProblem> problems;
  const auto params = read_parameters<Example>(parse(R"({"budgets": [5, 6]})"), problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_TRUE(params.on);
  EXPECT_EQ(params.group.depth, 3);
  EXPECT_EQ(params.mode, "inside");
  EXPECT_FALSE(params.final_budget.has_value());
}

TEST(Parameters, TellTokensFromSharesByThePoint) {
  std::vector<ParameterProblem> problems;
  const auto params = read_parameters<Example>(
      parse(R"({"budgets": [1, 0.45], "budget": 1.0, "final_budget": 7})"), problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_THAT(params.budgets, ElementsAre(Budget::tokens(1), Budget::share(0.45)));
  EXPECT_EQ(params.budget, Budget::share(1.0));
  EXPECT_EQ(params.final_budget, Budget::tokens(7));
}

TEST(Parameters, ReadACountThatNamesItsUnit) {
  std::vector<ParameterProblem> problems;
  const auto params = read_parameters<Example>(
      parse(R"({"budgets": ["1 token", "2 tokens"], "budget": "900 tokens"})"), problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_THAT(params.budgets, ElementsAre(Budget::tokens(1), Budget::tokens(2)));
  EXPECT_EQ(params.budget, Budget::tokens(900));
}

TEST(Parameters, RoundTripThroughText) {
  std::vector<ParameterProblem> problems;
  const Json given = parse(
      R"({"on": false, "depth": 0, "ratio": 0.1, "mode": "union", "budget": 1.0, "step": 0,
          "ends": [4, 5], "budgets": [0.1, 900], "final_budget": 1, "others": [1.0]})");
  const Json written = write_parameters(read_parameters<Example>(given, problems));
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(written, given);
  EXPECT_EQ(written["budget"].dump(), "1.0");
  const auto again = read_parameters<Example>(Json::parse(written.dump()), problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(write_parameters(again).dump(), written.dump());
}

TEST(Parameters, AnEmptyOptionalIsWrittenAsNullAndReadBack) {
  std::vector<ParameterProblem> problems;
  const Json written =
      write_parameters(read_parameters<Example>(parse(R"({"budgets": [1, 1]})"), problems));
  EXPECT_TRUE(written.at("final_budget").is_null());
  EXPECT_EQ(write_parameters(read_parameters<Example>(written, problems)), written);
  EXPECT_THAT(problems, IsEmpty());
}

TEST(Parameters, AnUnknownKeyNamesTheNearestOne) {
  const auto problems = problems_of(R"({"budgets": [1, 2], "budgts": 3, "zzzzzz": 1})");
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_EQ(problems[0].key, "budgts");
  EXPECT_THAT(problems[0].message, HasSubstr("did you mean 'budgets'?"));
  EXPECT_EQ(problems[1].key, "zzzzzz");
  EXPECT_THAT(problems[1].message, HasSubstr("known: on, depth"));
}

TEST(Parameters, AMissingRequiredOneSaysWhatItIs) {
  const auto problems = problems_of("{}");
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].key, "budgets");
  EXPECT_THAT(problems[0].message, AllOf(HasSubstr("must be given"), HasSubstr("list of budget")));
}

TEST(Parameters, AProblemNamesElementValueAndRange) {
  const auto problems = problems_of(R"({"budgets": [0.5, 1.5], "depth": 10, "ratio": -0.5})");
  ASSERT_THAT(problems, SizeIs(3));
  EXPECT_EQ(problems[0].key, "depth");
  EXPECT_EQ(problems[0].message, "got 10, expected an integer from 0 to 9");
  EXPECT_EQ(problems[1].message, "got -0.5, expected a number from 0 to 1");
  EXPECT_EQ(problems[2].key, "budgets[1]");
  EXPECT_THAT(problems[2].message, AllOf(HasSubstr("got 1.5"), HasSubstr("at most 1.0")));
}

TEST(Parameters, AWrongWordNamesTheChoicesAndTheNearest) {
  const auto problems = problems_of(R"({"budgets": [1, 2], "mode": "unoin"})");
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].message,
            "got 'unoin', expected one of inside, union; did you mean 'union'?");
}

TEST(Parameters, FieldsAreCheckedTogetherOnlyWhenEachIsInOrder) {
  EXPECT_EQ(problems_of(R"({"budgets": [1]})").at(0).message, "one for each of ends");
  EXPECT_THAT(problems_of(R"({"budgets": [0]})"), SizeIs(1));
}

TEST(Parameters, WhatIsNoMapIsRefused) {
  EXPECT_THAT(problems_of("[1, 2]").at(0).message, HasSubstr("expected a map of parameters"));
}

TEST(Parameters, AreDescribedInOrderOfDeclaration) {
  const auto fields = describe_parameters<Example>();
  ASSERT_THAT(fields, SizeIs(10));
  EXPECT_EQ(fields[1].name, "depth");
  EXPECT_EQ(fields[1].type, "whole number");
  EXPECT_EQ(fields[1].default_text, "3");
  EXPECT_EQ(fields[1].range, "from 0 to 9");
  EXPECT_EQ(fields[3].range, "one of inside, union");
  EXPECT_EQ(fields[7].type, "list of budget");
  EXPECT_EQ(fields[7].default_text, "required");
  EXPECT_EQ(fields[8].default_text, "none");
}

class RefusedValue : public testing::TestWithParam<const char*> {};

TEST_P(RefusedValue, IsOneProblem) {
  Json given = parse(R"({"budgets": [1, 2]})");
  given.update(parse(GetParam()));
  const auto problems = problems_of(given.dump().c_str());
  ASSERT_THAT(problems, SizeIs(1)) << GetParam();
  EXPECT_THAT(problems[0].message, HasSubstr("expected"));
}

INSTANTIATE_TEST_SUITE_P(
    Parameters, RefusedValue,
    testing::Values(R"({"on": 1})", R"({"on": "true"})", R"({"on": null})", R"({"depth": 1.0})",
                    R"({"depth": -1})", R"({"depth": 18446744073709551615})", R"({"ratio": "a"})",
                    R"({"ratio": 1.01})", R"({"mode": 3})", R"({"budget": 0})",
                    R"({"budget": 0.0})", R"({"budget": -3})", R"({"budget": -0.5})",
                    R"({"budget": 2.0})", R"({"budget": 1e-400})", R"({"budget": "half"})",
                    R"({"budget": "1"})", R"({"budget": "0 tokens"})", R"({"budget": "-1 token"})",
                    R"({"budget": "0.5 tokens"})", R"({"budget": "1 tokens more"})",
                    R"({"budget": [1]})", R"({"step": -1})", R"({"ends": 3})",
                    R"({"ends": [1, -2]})", R"({"ends": [1, 2.5]})", R"({"budgets": [1, null]})",
                    R"({"final_budget": 0})", R"({"others": 0.5})"));

}  // namespace
}  // namespace skipbench
