#include "harness/experiment/bare_ones.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "methods/interface/method.h"
#include "tests/harness/experiment/support/experiment_text.h"
#include "tests/support/tiny_model.h"

namespace skipbench {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The entry's keys begin in column 5 of line 6.
ExperimentText file_with(const std::string& entry) {
  return ExperimentText(
      "experiment: e\nmodel: smollm2-135m\ntasks: [{task: needle, lengths: [256]}]\n"
      "methods:\n  - method: full\n  - " +
      entry + "\n");
}

std::vector<std::string> keys_of(std::string_view method, const char* given) {
  std::vector<std::string> keys;
  for (const ParameterProblem& problem : bare_ones(find_method(method), Json::parse(given))) {
    keys.push_back(problem.key);
  }
  return keys;
}

ModelConfig small_shape() {
  ModelConfig config;
  config.layers = 4;
  config.width = 64;
  return config;
}

TEST(BareOnes, AreBudgetsThatCouldMeanTheWholePrompt) {
  EXPECT_THAT(keys_of("snapkv", R"({"keep": 1, "window": 1, "pool": 1})"), ElementsAre("keep"));
  EXPECT_THAT(keys_of("spts", R"({"budgets": [1, 0.5, 1], "final_budget": 1, "rank": 1})"),
              ElementsAre("budgets[0]", "budgets[2]", "final_budget"));
  EXPECT_THAT(keys_of("spts+snapkv", R"({"budgets": [0.5], "then": {"keep": 1}})"),
              ElementsAre("then.keep"));
}

TEST(BareOnes, AreNoStepsAndNothingThatSaysWhatItIs) {
  EXPECT_THAT(keys_of("spts", R"({"budgets": [1.0, "1 token", 2], "prune_step": 1})"), IsEmpty());
  EXPECT_THAT(keys_of("snapkv", "{}"), IsEmpty());
}

TEST(BareOnes, AreRefusedAtTheirPlaceHoweverTheyAreWritten) {
  EXPECT_THAT(
      file_with("{method: snapkv, params: {keep: 1}}").problems(),
      AllOf(HasSubstr("e.yaml:6:31: 'keep': got 1"), HasSubstr("1.0"), HasSubstr("'1 token'")));
  EXPECT_THAT(file_with("{method: snapkv, sweep: {keep: [0.5, 1]}}").problems(),
              HasSubstr("e.yaml:6:42: 'keep': got 1"));
  EXPECT_THAT(
      file_with("{method: sliminfer, params: {prune_layers: [1, 2], keep: [0.5, 1]}}").problems(),
      HasSubstr("e.yaml:6:68: 'keep[1]': got 1"));
  EXPECT_THAT(file_with("{method: spts, preset: smollm2-135m, "
                        "then: {method: snapkv, params: {keep: 1}}}")
                  .problems(),
              HasSubstr("e.yaml:6:74: 'then.keep': got 1"));
  EXPECT_THAT(
      file_with("{method: snapkv, params: {keep: 0.5}}").problems({"methods.1.params.keep=1"}),
      HasSubstr("--set methods.1.params.keep=1: 'keep': got 1"));
}

TEST(BareOnes, AreRefusedInParametersOfTheCommandLine) {
  const auto resolve = [](const Json& params) {
    MethodSpec spec;
    spec.method = "snapkv";
    spec.overrides = params;
    return resolve_method(spec, small_shape()).params.at("keep");
  };
  EXPECT_THAT(
      [&] {
        resolve({{"keep", 1}});
      },
      testing::ThrowsMessage<InputError>(HasSubstr("'keep': got 1")));
  EXPECT_EQ(resolve({{"keep", 1.0}}).dump(), "1.0");
  EXPECT_EQ(resolve({{"keep", "1 token"}}).dump(), "1");
  EXPECT_EQ(resolve({{"keep", "64 tokens"}}).dump(), "64");
}

TEST(BareOnes, AreRefusedInPresets) {
  const ScratchFolder home;
  std::filesystem::create_directories(home / "experiments" / "presets");
  std::ofstream(home / "experiments" / "presets" / "snapkv.yaml")
      << "presets:\n  - {name: mine, source: me,\n     params: {keep: 1}}\n";
  const Environment environment("SKIPBENCH_HOME", home.path().string());
  EXPECT_THAT([&] { load_presets("snapkv"); },
              testing::ThrowsMessage<InputError>(HasSubstr("snapkv.yaml:3:15: 'keep': got 1")));
}

// As a database holds them: what a run resolved is read without asking.
TEST(BareOnes, AreReadInResolvedParameters) {
  const MethodEntry method = find_method("snapkv");
  std::vector<ParameterProblem> problems;
  const Json stored = method.resolve(Json::parse(R"({"keep": 1})"), problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(stored.at("keep").dump(), "1");
  EXPECT_NO_THROW(method.make(stored, test::tiny_config()));
}

}  // namespace
}  // namespace skipbench
