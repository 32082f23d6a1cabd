#include "harness/run/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/run/describe_plan.h"
#include "harness/run/device.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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

TEST(Plan, KeysDependOnParametersAndSeedButNotOnTheLimit) {
  const TinyRun tiny;
  const auto key = [&](const std::string& text, const PlanOptions& options) {
    const Plan plan = tiny.plan(text, options);
    const PlannedModel& model = plan.models[0];
    const PreparedSample sample =
        model.prompts(plan.experiment.seed)
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
  EXPECT_THAT(text, HasSubstr("spts ltp=true   spts, calibrated"));
  EXPECT_THAT(text, HasSubstr("about "));
}

}  // namespace
}  // namespace skipbench
