#include "harness/search/scaled_parameter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

using testing::HasSubstr;

struct Parameters {
  std::vector<Budget> budgets;
  Budget keep = Budget::share(0.5);
  double rho = 1.5;
  int64_t window = 8;
  std::string pooling = "avg";

  template <class Visitor>
  void visit(Visitor& v) {
    v("budgets", budgets, Field{});
    v("keep", keep, Field{});
    v("rho", rho, Field{});
    v("window", window, Field{});
    v("pooling", pooling, Field{});
  }
};

MethodEntry method() {
  MethodEntry entry;
  entry.name = "example";
  entry.describe = [] { return describe_parameters<Parameters>(); };
  return entry;
}

ScaledParameter scaled(const char* name, const char* params) {
  return {method(), name, Json::parse(params)};
}

std::string problem(const char* name, const char* params) {
  try {
    scaled(name, params);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(ScaledParameter, ScalesAListAsAWholeAndStopsSharesAtThePrompt) {
  const ScaledParameter budgets = scaled("budgets", R"({"budgets": [0.8, 0.5, 0.2], "rho": 1.5})");
  EXPECT_EQ(budgets.params_at(0.5), Json::parse(R"({"budgets": [0.4, 0.25, 0.1], "rho": 1.5})"));
  EXPECT_EQ(budgets.value_at(2), Json::parse("[1.0, 1.0, 0.4]"));
  EXPECT_DOUBLE_EQ(budgets.saturation(), 5);
}

TEST(ScaledParameter, KeepsTokenCountsWholeAndAtLeastOne) {
  const ScaledParameter budgets = scaled("budgets", R"({"budgets": [9216, 2048, 3]})");
  EXPECT_EQ(budgets.value_at(0.5).dump(), "[4608,1024,2]");
  EXPECT_EQ(budgets.value_at(0.001).dump(), "[9,2,1]");
  EXPECT_TRUE(std::isinf(budgets.saturation()));
}

TEST(ScaledParameter, AShareStaysAShare) {
  EXPECT_EQ(scaled("keep", R"({"keep": 0.5})").value_at(2).dump(), "1.0");
  EXPECT_EQ(scaled("keep", R"({"keep": 0.5})").value_at(1e-9).dump(), "1e-06");
}

TEST(ScaledParameter, LeavesPlainNumbersUnbounded) {
  EXPECT_EQ(scaled("rho", R"({"rho": 1.5})").value_at(3).dump(), "4.5");
  EXPECT_EQ(scaled("window", R"({"window": 8})").value_at(0.3).dump(), "2");
}

TEST(ScaledParameter, ReachesIntoTheSecondMethod) {
  MethodEntry both = method();
  both.describe = [] {
    auto fields = describe_parameters<Parameters>();
    for (FieldDescription& field : fields) field.name = "then." + field.name;
    return fields;
  };
  const ScaledParameter keep(both, "then.keep", Json::parse(R"({"then": {"keep": 0.5}})"));
  EXPECT_EQ(keep.params_at(0.5), Json::parse(R"({"then": {"keep": 0.25}})"));
}

TEST(ScaledParameter, RefusesWhatCannotBeMultiplied) {
  EXPECT_THAT(problem("budgts", R"({"budgets": [0.5]})"),
              HasSubstr("no parameter 'budgts' that can be scaled; did you mean 'budgets'?"));
  EXPECT_THAT(problem("pooling", R"({"pooling": "avg"})"),
              HasSubstr("'pooling' of example is a word, which cannot be scaled"));
  EXPECT_THAT(problem("budgets", R"({"budgets": []})"), HasSubstr("'budgets' is []"));
  EXPECT_THAT(problem("keep", R"({"keep": null})"), HasSubstr("'keep' is null"));
  EXPECT_THAT(problem("rho", R"({"rho": 0})"), HasSubstr("give it, or a preset, numbers above 0"));
}

TEST(ScaledParameter, TellsTheFactorInItsLabel) {
  const ScaledParameter budgets = scaled("budgets", R"({"budgets": [0.5]})");
  EXPECT_EQ(budgets.label_at("SPTS", 0.62), "SPTS budgets x 0.62");
  EXPECT_EQ(budgets.label_at("SPTS", 1), "SPTS budgets x 1");
  EXPECT_EQ(budgets.label_at("SPTS", 0.7071), "SPTS budgets x 0.7071");
}

}  // namespace
}  // namespace skipbench
