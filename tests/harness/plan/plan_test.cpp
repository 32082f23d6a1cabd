#include "harness/plan/plan.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/machine/build_info.h"
#include "harness/machine/device.h"
#include "harness/plan/describe_plan.h"
#include "harness/sources/row_code.h"
#include "tests/harness/checkpoint/support/tiny_hf.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::vector<std::string> labels(const Plan& plan) {
  std::vector<std::string> labels;
  for (const PlannedMethod& each : plan.models[0].methods) labels.push_back(each.cell.label);
  return labels;
}

TEST(Plan, KeepsTheBaselineWhateverIsSelected) {
  const TinyRun tiny;
  const Plan only = tiny.plan(tiny_experiment(tiny), {.only = {"ran*"}});
  EXPECT_THAT(labels(only), ElementsAre("full", "random"));
  const Plan without = tiny.plan(tiny_experiment(tiny), {.exclude = {"spts*", "full"}});
  EXPECT_THAT(labels(without), ElementsAre("full", "random"));
  EXPECT_EQ(only.models[0].baseline, 0u);
}

TEST(Plan, RefusesAGlobThatMatchesNothing) {
  const TinyRun tiny;
  EXPECT_THROW(tiny.plan(tiny_experiment(tiny), {.only = {"SPTS*"}}), InputError);
}

std::vector<std::string> tasks_of(const Plan& plan) {
  std::vector<std::string> names;
  for (const PlannedTask& task : plan.tasks) {
    for (const Subset& subset : task.subsets) names.push_back(task.spec.task + ' ' + subset.name);
  }
  return names;
}

TEST(Plan, KeepsTheTasksThatAreAskedForByNameOrSubset) {
  const TinyRun tiny;
  const std::vector<std::string> all = tasks_of(tiny.plan(tiny_experiment(tiny), {}));
  ASSERT_GE(all.size(), 2u);
  const Plan speed = tiny.plan(tiny_experiment(tiny), {.tasks = {"speed"}});
  EXPECT_THAT(tasks_of(speed), testing::Each(testing::StartsWith("speed ")));
  EXPECT_FALSE(speed.whole) << "cells of other tasks stay in the plan";
  const Plan one = tiny.plan(tiny_experiment(tiny), {.tasks = {all.back()}});
  EXPECT_THAT(tasks_of(one), ElementsAre(all.back()));
  EXPECT_THROW(tiny.plan(tiny_experiment(tiny), {.tasks = {"needles"}}), InputError);
}

TEST(Plan, LimitsSamplesButKnowsWhatACompleteRunHas) {
  const TinyRun tiny;
  const Plan plan = tiny.plan(tiny_experiment(tiny), {.limit = 1});
  EXPECT_EQ(plan.rows(), 4 + 2 * 4);
  const auto cells = planned_cells(plan);
  ASSERT_EQ(cells.size(), 8u);
  EXPECT_EQ(cells[0].expected_n, 3);
  EXPECT_TRUE(cells[0].is_baseline);
  EXPECT_FALSE(cells[1].is_baseline);
}

// What the parts follow from: tests/harness/sources/row_code_test.cpp.
TEST(Plan, AKeysCodeIsThatOfTheCoreTheMethodTheTaskAndTheReaderOfTheModel) {
  const TinyRun tiny;
  const Plan plan = tiny.plan(tiny_experiment(tiny));
  const PlannedModel& model = plan.models[0];
  const auto code = [&](size_t method, size_t task) {
    const PlannedTask& planned = plan.tasks[task];
    return row_key(plan, model, model.methods[method], planned, planned.subsets[0], {}, 0)
        .code_version;
  };
  const SourceHashes& hashes = source_hashes();
  const auto expected = [&](std::string_view method, std::string_view task,
                            const std::vector<std::string>& metrics) {
    return fmt::format("{}-{}-{}-{}", core_code(hashes), method_code(hashes, method),
                       task_code(hashes, task, metrics, "gguf"), reader_code(hashes, "gguf"));
  };
  EXPECT_EQ(code(0, 0), expected("full", "jsonl", {"qa_f1"}));
  EXPECT_EQ(code(1, 0), expected("spts", "jsonl", {"qa_f1"}));
  EXPECT_EQ(code(1, 1), expected("spts", "speed", {}));
}

TEST(Plan, KeysDependOnParametersAndSeedButNotOnTheLimit) {
  const TinyRun tiny;
  const auto key = [&](const std::string& text, const PlanOptions& options) {
    const Plan plan = tiny.plan(text, options);
    const PlannedModel& model = plan.models[0];
    const PreparedSample sample =
        prompts_of(model, plan.experiment.seed)
            .prepare(*plan.tasks[0].task, "jsonl", plan.tasks[0].subsets[0], 0);
    const RowKey row = row_key(plan, model, model.methods[1], plan.tasks[0],
                               plan.tasks[0].subsets[0], sample.sample, 0);
    return row.method_hash + row.protocol_hash + row.data_hash + std::to_string(row.seed);
  };
  const std::string text = tiny_experiment(tiny);
  EXPECT_EQ(key(text, {}), key(text, {.limit = 1}));
  EXPECT_NE(key(text, {}), key(text + "seed: 5\n", {}));
  std::string other = text;
  other.replace(other.find("prune_step: 0.25"), 16, "prune_step: 0.20");
  EXPECT_NE(key(text, {}), key(other, {}));
}

TEST(Plan, RefusesTextTasksOnRandomWeights) {
  const TinyRun tiny;
  const std::string text =
      "experiment: e\nmodel: {checkpoint: random:tiny-llama, device: cpu}\n"
      "tasks:\n  - {task: needle, lengths: [256]}\nmethods: [{method: full}]\n";
  EXPECT_THAT(tiny.planning_error(text),
              HasSubstr("e.yaml:4: the task 'needle' asks for text, but"));
}

TEST(Plan, NamesTheKeyOfADeviceThatIsNotThere) {
  const TinyRun tiny;
  const std::string error = tiny.planning_error(
      "experiment: e\nmodel: {checkpoint: random:tiny-llama, device: \"cuda:63\"}\n"
      "tasks: [{task: speed, lengths: [16], new_tokens: 2}]\nmethods: [{method: full}]\n"
      "launcher: local\n");
  EXPECT_THAT(error, StartsWith("e.yaml:2:48: 'device': there is no device 'cuda:63': "));
  EXPECT_THAT(error, HasSubstr("; use cpu or auto"));
  EXPECT_THAT(error, Not(HasSubstr("\n"))) << "said once";
}

// A Hugging Face folder that holds config and weights alone.
std::string weights_alone() {
  const auto folder = tiny_hf("llama", tiny_weights({}, false, false)).write("weights_alone");
  for (const char* name : {"tokenizer.json", "tokenizer_config.json"}) {
    std::filesystem::remove(folder / name);
  }
  return folder.string();
}

TEST(Plan, RefusesTextTasksOnWeightsWithoutATokenizer) {
  const TinyRun tiny;
  const std::string model = weights_alone();
  const std::string rows = (tiny.folder() / "rows.jsonl").string();
  for (const std::string& task :
       {std::string("{task: needle, lengths: [256]}"), "{task: jsonl, file: " + rows + "}"}) {
    EXPECT_THAT(
        tiny.planning_error("experiment: e\nmodel: {checkpoint: " + model +
                            ", device: cpu}\ntasks: [" + task + "]\nmethods: [{method: full}]\n"),
        HasSubstr("has no tokenizer; put the model's tokenizer.json into " + model))
        << task;
  }
}

TEST(Plan, RefusesToCalibrateWeightsWithoutATokenizerOnRandomIds) {
  const TinyRun tiny;
  const std::string model = weights_alone();
  const auto error = [&](const std::string& method) {
    return tiny.planning_error("experiment: e\nmodel: {checkpoint: " + model +
                               ", device: cpu}\ntasks: [{task: speed, lengths: [16], new_tokens: "
                               "2}]\nmethods:\n  - {method: full}\n  - " +
                               method + "\n");
  };
  const std::string spts =
      "{method: spts, params: {full_layers: 1, stage_ends: [1], budgets: [0.5], prune_step: 0.25, "
      "d_low: 8, rank: 4";
  EXPECT_EQ(error(spts + ", ltp: false}}"), "");
  EXPECT_THAT(error(spts + "}}"),
              HasSubstr("has no tokenizer; put the model's tokenizer.json into " + model));
}

TEST(Plan, RefusesPromptsLongerThanTheContext) {
  const TinyRun tiny;
  const std::string text =
      "experiment: e\nmodel: {checkpoint: random:tiny-llama, device: cpu}\n"
      "tasks: [{task: speed, lengths: [64, 4090], new_tokens: 8}]\nmethods: [{method: full}]\n";
  EXPECT_THAT(tiny.planning_error(text),
              HasSubstr("'speed' subset '4090': a prompt of 4090 tokens and 8 new ones do not fit "
                        "the context of"));
}

TEST(Plan, RefusesAFileWithAnyRowLongerThanTheContext) {
  const TinyRun tiny;
  const std::string row = R"({"prompt": "short", "answers": ["a"]})";
  const auto error = [&](const std::string& long_row) {
    tiny.write("rows.jsonl", row + "\n" + long_row + "\n" + row + "\n");
    return tiny.planning_error(tiny_experiment(tiny));
  };
  EXPECT_THAT(
      error(R"({"prompt": ")" + std::string(600, 'x') + R"(", "answers": ["a"], "id": "b"})"),
      HasSubstr("e.yaml:4: 'jsonl' subset 'rows': a prompt of 601 tokens and 4 new ones do "
                "not fit the context of tiny (512 tokens): sample 'b'; shorten"));
  EXPECT_THAT(error(R"({"prompt": "short", "answers": [")" + std::string(600, 'x') + R"("]})"),
              HasSubstr("of its gold answer do not fit the context of tiny (512 tokens)"));
  EXPECT_EQ(error(row), "");
}

TEST(Plan, LooksOnlyAtTheRowsThatTheLimitLeaves) {
  const TinyRun tiny;
  tiny.write("rows.jsonl", R"({"prompt": "short", "answers": ["a"]}
{"prompt": ")" + std::string(600, 'x') +
                               R"(", "answers": ["a"]})");
  EXPECT_EQ(tiny.plan(tiny_experiment(tiny), {.limit = 1}).rows(), 4 + 2 * 4);
}

TEST(Plan, RefusesSchedulesThatDoNotFitTheModel) {
  const TinyRun tiny;
  std::string text = tiny_experiment(tiny);
  text.replace(text.find("stage_ends: [1]"), 15, "stage_ends: [7]");
  EXPECT_THAT(tiny.planning_error(text), HasSubstr("e.yaml:8: 'spts ltp=false' on "));
}

TEST(Plan, RefusesTheSameTaskAndSubsetTwice) {
  const TinyRun tiny;
  const std::string text =
      "experiment: e\nmodel: {checkpoint: random:tiny-llama, device: cpu}\n"
      "tasks:\n  - {task: speed, lengths: [64]}\n  - {task: speed, lengths: [64, 32]}\n"
      "methods: [{method: full}]\n";
  EXPECT_THAT(tiny.planning_error(text),
              HasSubstr("e.yaml:5: the task 'speed' has the subset '64' a second time"));
}

TEST(Plan, TellsModelsOfOneNameApart) {
  if (!choose_device("auto").is_cpu()) GTEST_SKIP() << "names follow from what auto chooses";
  const TinyRun tiny;
  const std::string text =
      "experiment: e\nmodel: [{checkpoint: random:tiny-llama, dtype: fp32, device: cpu}, "
      "{checkpoint: random:tiny-llama, dtype: bf16, device: cpu}]\n"
      "tasks: [{task: speed, lengths: [64]}]\nmethods: [{method: full}]\n";
  const Plan plan = tiny.plan(text);
  EXPECT_EQ(plan.models[0].name, plan.models[0].info.name);
  EXPECT_EQ(plan.models[1].name, plan.models[0].info.name + " bf16 cpu");
  const std::string twice =
      "experiment: e\nmodel: [{checkpoint: random:tiny-llama}, {checkpoint: random:tiny-llama}]\n"
      "tasks: [{task: speed, lengths: [64]}]\nmethods: [{method: full}]\n";
  EXPECT_THAT(tiny.planning_error(twice), HasSubstr("stands there twice"));
}

TEST(Plan, DescribesCellsAndTime) {
  const TinyRun tiny;
  const std::string text = describe_plan(tiny.plan(tiny_experiment(tiny)));
  EXPECT_THAT(text, HasSubstr("experiment tiny: 28 rows"));
  EXPECT_THAT(text, HasSubstr("full, the baseline"));
  EXPECT_THAT(text, ContainsRegex(
                        "spts ltp=true   spts, will be calibrated on [0-9]+ texts, [0-9]+ tokens, "
                        "about [0-9]+ s\n"));
  EXPECT_THAT(text, HasSubstr("about "));
}

TEST(Plan, SaysWhichLabelsAreCalibratedAlready) {
  const TinyRun tiny;
  const std::string experiment =
      tiny_experiment(tiny) +
      "  - method: ffn_control\n    params: {criterion: ltp, full_layers: 1, stage_ends: [1], "
      "budgets: [0.5], d_low: 8, rank: 4}\n    label: by ltp\n"
      "calibration: {count: 3, tokens: 20}\n";
  const std::string before = describe_plan(tiny.plan(experiment));
  EXPECT_THAT(before, HasSubstr("spts, will be calibrated on 3 texts, 60 tokens, about "));
  EXPECT_THAT(before, HasSubstr("with the calibration at the rate measured now"));
  tiny.run(experiment);
  const std::string after = describe_plan(tiny.plan(experiment));
  EXPECT_THAT(after, HasSubstr("spts, calibrated already (cached)\n"));
  EXPECT_THAT(after, Not(HasSubstr("with the calibration")));
}

TEST(Plan, PointsOutLabelsThatComputeTheSame) {
  const TinyRun tiny;
  const std::string text = tiny_experiment(tiny);
  EXPECT_EQ(describe_equal_labels(tiny.plan(text)), "");
  // The default of visible is written out here, and left out above.
  const std::string again = text +
                            "  - method: spts\n    params: {full_layers: 1, stage_ends: [1], "
                            "budgets: [0.5], prune_step: 0.25, d_low: 8, rank: 4, ltp: true, "
                            "visible: active}\n    label: again\n";
  EXPECT_THAT(describe_equal_labels(tiny.plan(again)),
              HasSubstr("'again' computes on tiny what 'spts ltp=true' does"));
}

TEST(Plan, PointsOutLabelsThatDifferOnlyInWhatASwitchLeavesWithoutEffect) {
  const TinyRun tiny;
  const std::string off =
      "  - method: spts\n    params: {full_layers: 1, stage_ends: [1], budgets: [0.5], "
      "ltp: false, msdp: false, prune_step: 0.2}\n    label: off\n"
      "  - method: spts\n    params: {full_layers: 1, stage_ends: [1], budgets: [0.5], "
      "ltp: false, msdp: false, prune_step: 0.1, rank: 3}\n    label: still off\n";
  EXPECT_THAT(describe_equal_labels(tiny.plan(tiny_experiment(tiny) + off)),
              HasSubstr("'still off' computes on tiny what 'off' does: they differ in prune_step, "
                        "rank, "));
}

TEST(Plan, WarnsWhereMethodsAreCalibratedOnWhatTheyAreScoredOn) {
  const TinyRun tiny;
  const std::string task = "task: jsonl, file: \"" + tiny.folder().string() + "/";
  tiny.write("same.yaml", "{" + task + "rows.jsonl\", max_new_tokens: 4, chat: false}\n");
  tiny.write("others.jsonl", R"({"prompt": "something else", "answers": ["a"]})");
  tiny.write("other.yaml", "{" + task + "others.jsonl\", max_new_tokens: 4, chat: false}\n");
  const auto warning = [&](const std::string& file) {
    return describe_calibration_overlap(
        tiny.plan(tiny_experiment(tiny) + "calibration: {texts: " + file + "}\n"));
  };
  EXPECT_THAT(warning("same.yaml"),
              HasSubstr("warning: methods are calibrated on the data of 'jsonl rows'"));
  EXPECT_EQ(warning("other.yaml"), "");
  EXPECT_EQ(warning("builtin"), "");
}

TEST(Plan, ShowsTheRangeOfAFilesPrompts) {
  const TinyRun tiny;
  tiny.write("rows.jsonl", R"({"prompt": "short", "answers": ["a"]}
{"prompt": "a prompt that is a good deal longer than the first", "answers": ["a"]}
)");
  const std::string text = "experiment: e\nmodel: {checkpoint: " + tiny.model() +
                           "}\ntasks:\n  - {task: jsonl, file: rows.jsonl, max_new_tokens: "
                           "4}\nmethods: [{method: full}]\n";
  const Plan plan = tiny.plan(text);
  const SubsetFacts& facts = plan.models[0].facts[0][0];
  EXPECT_LT(facts.shortest, facts.longest);
  EXPECT_TRUE(facts.exact);
  EXPECT_THAT(describe_plan(plan), HasSubstr(fmt::format("{}-{}", facts.shortest, facts.longest)));
}

TEST(Plan, LooksForFilesBesideTheExperimentAndNamesBothPlaces) {
  const TinyRun tiny;
  const std::string text =
      "experiment: e\nmodel: {checkpoint: " + tiny.model() +
      "}\ntasks:\n  - {task: jsonl, file: nowhere.jsonl}\nmethods: [{method: full}]\n";
  const std::string error = tiny.planning_error(text);
  EXPECT_THAT(error, HasSubstr("e.yaml:4:19: 'nowhere.jsonl' is neither beside the experiment ("));
  EXPECT_THAT(error, HasSubstr("nor in the working directory ("));
}

TEST(Plan, RecordsWhatItsMethodsAreCalibratedOn) {
  const TinyRun tiny;
  const Plan plan = tiny.plan(tiny_experiment(tiny));
  const Json model = resolved_config(plan).at("models").at(0);
  const CalibrationTexts& texts = plan.models[0].texts;
  EXPECT_EQ(model.at("calibration"), (Json{{"texts_hash", texts.hash},
                                           {"texts", texts.tokens.size()},
                                           {"tokens", texts.total()}}));
  EXPECT_EQ(model.at("methods").back().at("code"), plan.models[0].methods.back().code);
  EXPECT_EQ(model.at("methods").at(0).at("artefact"), "");
}

}  // namespace
}  // namespace skipbench
