#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "harness/experiment/presets.h"
#include "kernels/model/model_config.h"
#include "methods/interface/registry.h"
#include "tests/harness/experiment/support/experiment_text.h"

namespace skipbench {
namespace {

using testing::HasSubstr;

ModelConfig shape(int64_t layers, int64_t width) {
  ModelConfig config;
  config.name = "some-model";
  config.layers = layers;
  config.width = width;
  return config;
}

std::string experiment_with(const std::string& entry) {
  return "experiment: e\nmodel: {checkpoint: m}\ntasks: [{task: speed, lengths: [64]}]\n"
         "methods:\n  - method: full\n  - " +
         entry + "\n";
}

TEST(Presets, OfEveryMethodAreValid) {
  for (const MethodEntry& method : all_methods()) {
    for (const Preset& preset : load_presets(method.name)) {
      std::vector<ParameterProblem> problems;
      method.resolve(preset.params, problems);
      EXPECT_TRUE(problems.empty()) << method.name << " " << preset.name << ": " << problems[0].key
                                    << " " << problems[0].message;
      EXPECT_FALSE(preset.source.empty()) << preset.name;
    }
  }
}

TEST(Presets, AreOverriddenByParams) {
  const ExperimentText text(
      experiment_with("{method: spts, preset: llama-3.1-8b, params: {budgets: [4, 3, 2, 2]}}"));
  const auto cells = resolve_methods(text.load(), shape(32, 4096));
  ASSERT_EQ(cells.size(), 2u);
  EXPECT_EQ(cells[1].label, "spts llama-3.1-8b");
  EXPECT_EQ(cells[1].params.at("budgets"), Json::parse("[4, 3, 2, 2]"));
  EXPECT_EQ(cells[1].params.at("full_layers"), Json(10));
}

TEST(Presets, AutoTakesTheOneThatFitsTheModel) {
  const ExperimentText text(experiment_with("{method: spts, preset: auto}"));
  const auto cells = resolve_methods(text.load(), shape(28, 3584));
  EXPECT_EQ(cells[1].params.at("full_layers"), Json(9));
}

TEST(Presets, AutoScalesTheNearestAndSaysSo) {
  const ExperimentText text(experiment_with("{method: spts, preset: auto}"));
  const auto cells = resolve_methods(text.load(), shape(27, 64));
  EXPECT_EQ(cells[1].preset_note, "preset scaled from qwen2.5-7b (28 layers) to 27 layers");
  EXPECT_EQ(cells[0].preset_note, "");
}

TEST(Presets, AutoSaysWhyNoneCanBeScaled) {
  const ExperimentText text(experiment_with("{method: spts, preset: auto}"));
  try {
    resolve_methods(text.load(), shape(3, 64));
    FAIL() << "four stages do not fit 3 layers";
  } catch (const InputError& error) {
    EXPECT_THAT(text.without_folder(error.what()),
                HasSubstr("e.yaml:6: 'spts' on some-model: the preset openpangu-1b names 4 layers "
                          "in 'stage_ends', and some-model has 3; give 'params' instead"));
  }
}

TEST(Presets, AutoTakesOneForAnyModelWhereNoneHasAShape) {
  const FittingPreset fitting = fitting_preset(find_method("snapkv"), shape(7, 64));
  EXPECT_EQ(fitting.preset.name, "official");
  EXPECT_EQ(fitting.note, "");
}

TEST(Presets, OfAFileOfOnesOwnAreLoadedBesideTheExperiment) {
  const ExperimentText text(experiment_with("{method: sliminfer, preset: mine.yaml}"));
  const Preset preset{.name = "mine",
                      .source = "ours: \"tuned\"",
                      .layers = 4,
                      .width = 64,
                      .params = Json::parse(R"({"prune_layers": [1, 2], "keep": [1.0, 0.31],
                                                "block": 64, "score": "dot", "revive": false})")};
  std::ofstream(text.folder() / "mine.yaml")
      << preset_text(find_method("sliminfer"), preset, "Made by: a test");
  const auto cells = resolve_methods(text.load(), shape(9, 32));
  EXPECT_EQ(cells[1].label, "sliminfer mine");
  for (const auto& [name, value] : preset.params.items()) {
    EXPECT_EQ(cells[1].params.at(name).dump(), value.dump()) << name;
  }
}

TEST(Presets, OfAFileKeepABudgetOfOneTokenAndACommentOfTwoLines) {
  const ScratchFolder folder;
  const Preset preset{.name = "one",
                      .source = "a test",
                      .layers = 4,
                      .width = 64,
                      .params = Json::parse(R"({"full_layers": 1, "stage_ends": [1, 2],
                                                "budgets": [1.0, 1], "prune_step": 1})")};
  const MethodEntry spts = find_method("spts");
  std::ofstream(folder / "one.yaml") << preset_text(spts, preset, "two\nlines");
  const Preset read = find_preset(spts, (folder / "one.yaml").string());
  std::vector<ParameterProblem> problems;
  EXPECT_EQ(spts.resolve(read.params, problems), spts.resolve(preset.params, problems));
  EXPECT_TRUE(problems.empty());
}

TEST(Presets, OfAFileOfAnotherMethodAreRefused) {
  const ExperimentText text(experiment_with("{method: spts, preset: mine.yaml}"));
  std::ofstream(text.folder() / "mine.yaml")
      << preset_text(find_method("gemfilter"), {.name = "x", .source = "x", .params = {}}, "x");
  EXPECT_THAT(text.problems(),
              HasSubstr("mine.yaml:2:9: these presets are of 'gemfilter', not of 'spts'"));
}

TEST(Presets, OfAFileThatIsMissingSayWhereTheyWereLookedFor) {
  EXPECT_THAT(ExperimentText(experiment_with("{method: spts, preset: mine.yaml}")).problems(),
              HasSubstr("e.yaml:6:28: 'mine.yaml' is neither beside the experiment"));
}

TEST(Presets, WhatScalesByAnUnknownWordOrParameterIsReported) {
  const ExperimentText text(experiment_with("{method: spts, preset: mine.yaml}"));
  std::ofstream(text.folder() / "mine.yaml") << "scales: {full_layer: layer, budgets: token}\n"
                                                "presets: [{name: x, source: x, params: {}}]\n";
  EXPECT_THAT(text.problems(), HasSubstr("spts has no parameter 'full_layer'; did you mean "
                                         "'full_layers'?"));
  EXPECT_THAT(text.problems(), HasSubstr("'budgets' scales by 'token'; expected one of layer, "
                                         "layers, tokens, width, shape"));
}

TEST(Presets, UnknownOnesAreReportedWithTheKnown) {
  const std::string found =
      ExperimentText(experiment_with("{method: spts, preset: llama-3.1-7b}")).problems();
  EXPECT_THAT(found, HasSubstr("e.yaml:6:28: 'spts' has no preset 'llama-3.1-7b'; did you mean "
                               "'llama-3.1-8b'?"));
  EXPECT_THAT(found, HasSubstr("qwen2.5-7b"));
}

TEST(Presets, OfAMethodWithoutAnyAreReported) {
  EXPECT_THAT(ExperimentText(experiment_with("{method: full, label: f, preset: x}")).problems(),
              HasSubstr("'full' has no presets"));
}

TEST(Presets, AreReadFromTheHomeFolder) {
  const ScratchFolder home;
  std::filesystem::create_directories(home / "experiments" / "presets");
  std::ofstream(home / "experiments" / "presets" / "spts.yaml")
      << "presets:\n  - {name: mine, source: me, layers: 4, width: 64,\n"
         "     params: {full_layers: 1, stage_ends: [3], budgets: [8]}}\n";
  const Environment environment("SKIPBENCH_HOME", home.path().string());
  const std::vector<Preset> presets = load_presets("spts");
  ASSERT_EQ(presets.size(), 1u);
  EXPECT_EQ(presets[0].name, "mine");
}

}  // namespace
}  // namespace skipbench
