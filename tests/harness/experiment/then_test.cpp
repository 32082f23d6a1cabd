#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/checkpoint/checkpoint.h"
#include "harness/experiment/experiment.h"
#include "tests/harness/experiment/support/experiment_text.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kUpToFull =
    "experiment: e\nmodel: {checkpoint: random:tiny-llama}\n"
    "tasks: [{task: speed, lengths: [64]}]\nmethods:\n  - method: full\n";
const std::string kSpts =
    "  - method: spts\n"
    "    params: {full_layers: 1, stage_ends: [2], budgets: [0.5], ltp: false}\n";  // lines 6 and 7

std::vector<std::string> labels(const Experiment& experiment) {
  std::vector<std::string> labels;
  for (const MethodSpec& spec : experiment.methods) labels.push_back(spec.label);
  return labels;
}

TEST(Then, PutsASecondMethodBehindTheFirst) {
  const Experiment experiment =
      ExperimentText(kUpToFull + kSpts + "    then: {method: snapkv, params: {keep: 20}}\n").load();
  const MethodSpec& spec = experiment.methods[1];
  EXPECT_EQ(spec.method, "spts+snapkv");
  EXPECT_EQ(spec.label, "spts + snapkv");
  EXPECT_EQ(spec.overrides.at("budgets"), Json::parse("[0.5]"));
  EXPECT_EQ(spec.overrides.at("then"), Json::parse(R"({"keep": 20})"));
}

TEST(Then, ItsParametersAreAxesAndPlaceholders) {
  const std::string text = kUpToFull + kSpts +
                           "    then: {method: snapkv, params: {window: 4}}\n"
                           "    sweep: {msdp: [true, false], then.keep: [8, 0.5]}\n"
                           "    skip: [{msdp: false, then.keep: 8}]\n";
  EXPECT_THAT(labels(ExperimentText(text).load()),
              ElementsAre("full", "spts + snapkv msdp=true then.keep=8",
                          "spts + snapkv msdp=true then.keep=0.5",
                          "spts + snapkv msdp=false then.keep=0.5"));
  const Experiment named =
      ExperimentText(text + "    label: \"{method} {msdp}, {then} {then.keep}/{then.window}\"\n")
          .load();
  EXPECT_EQ(named.methods[1].label, "spts true, snapkv 8/4");
  EXPECT_EQ(named.methods[2].overrides.at("then"), Json::parse(R"({"keep": 0.5, "window": 4})"));
}

TEST(Then, EachMethodTakesAPresetOfItsOwn) {
  const Experiment experiment =
      ExperimentText(kUpToFull +
                     "  - {method: spts, preset: llama-3.1-8b, params: {prune_step: 512},\n"
                     "     then: {method: snapkv, preset: kvpress, params: {window: 16}}}\n")
          .load();
  EXPECT_EQ(experiment.methods[1].label, "spts llama-3.1-8b + snapkv kvpress");
  const ModelConfig config = inspect_checkpoint("random:llama-3.1-8b").config;
  const MethodCell cell = resolve_method(experiment.methods[1], config);
  EXPECT_EQ(cell.params.at("full_layers"), 10);
  EXPECT_EQ(cell.params.at("prune_step"), 512);
  EXPECT_EQ(cell.params.at("then").at("window"), 16);
  EXPECT_TRUE(cell.params.at("then").contains("pooling"));
}

TEST(Then, ProblemsStandAtTheirOwnPlace) {
  const std::string text = kUpToFull + kSpts +
                           "    then:\n      method: snapkv\n      paramss: {}\n"
                           "      params: {keep: 2.5, windw: 3}\n"
                           "    sweep: {then.pool: [5, 0]}\n";
  const std::string found = ExperimentText(text).problems();
  EXPECT_THAT(found, HasSubstr("e.yaml:10:7: unknown key 'paramss' in 'then'; did you mean"));
  EXPECT_THAT(found, HasSubstr("e.yaml:11:16: 'then.keep': got 2.5"));
  EXPECT_THAT(found, HasSubstr("e.yaml:11:27: 'then.windw': unknown parameter; did you mean "
                               "'window'?"));
  EXPECT_THAT(found, HasSubstr("e.yaml:12:28: 'then.pool': got 0"));
}

TEST(Then, WhatCannotBeCombinedIsRefusedBeforeTheRun) {
  const std::string fastkv =
      "  - method: fastkv\n    params: {tsp_layer: 1, tsp_keep: 9, kv_keep: 9}\n"
      "    then: {method: snapkv, params: {keep: 20}}\n";
  EXPECT_THAT(ExperimentText(kUpToFull + fastkv).problems(),
              HasSubstr("e.yaml:8:20: 'fastkv' and 'snapkv' both decide which K/V rows the cache "
                        "keeps; after 'fastkv' can stand ffn_skipllm"));
  EXPECT_THAT(ExperimentText(kUpToFull + kSpts + "    then: {method: sliminfer}\n").problems(),
              HasSubstr("e.yaml:8:20: 'sliminfer' cannot stand after 'then'"));
}

TEST(Then, WhatIsMissingOrInTheWrongPlaceIsTold) {
  EXPECT_THAT(ExperimentText(kUpToFull + kSpts + "    then: {method: snapkv}\n").problems(),
              HasSubstr("'then.keep': must be given"));
  EXPECT_THAT(ExperimentText(kUpToFull + kSpts + "    then: {params: {keep: 3}}\n").problems(),
              HasSubstr("'then' needs the key 'method'"));
  EXPECT_THAT(ExperimentText(kUpToFull + kSpts + "    sweep: {then.keep: [3]}\n").problems(),
              HasSubstr("the axis 'then.keep' needs a 'then'"));
  EXPECT_THAT(ExperimentText(kUpToFull + "  - {method: spts+snapkv}\n").problems(),
              HasSubstr("write the second method as 'then: {method: ...}'"));
}

}  // namespace
}  // namespace skipbench
