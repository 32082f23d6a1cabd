#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/experiment/support/experiment_text.h"

namespace skipbench {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kHead = "experiment: e\nmodel: {checkpoint: random:tiny-llama}\n";
const std::string kTasks = "tasks: [{task: speed, lengths: [64]}]\n";
const std::string kMethods = "methods: [{method: full}]\n";
const std::string kSmall = kHead + kTasks + kMethods;  // 4 lines

TEST(LoadExperiment, FillsInDefaults) {
  const Experiment experiment = ExperimentText(kSmall).load();
  EXPECT_EQ(experiment.name, "e");
  ASSERT_EQ(experiment.models.size(), 1u);
  EXPECT_EQ(experiment.models[0].device, "auto");
  EXPECT_EQ(experiment.baseline, "full");
  EXPECT_EQ(experiment.seed, 0u);
  EXPECT_EQ(experiment.timing.warmup, 1);
  EXPECT_EQ(experiment.calibration.texts, "builtin");
  EXPECT_EQ(experiment.tasks[0].params.at("lengths"), Json::parse("[64]"));
  EXPECT_TRUE(experiment.tasks[0].params.contains("new_tokens"));
}

TEST(LoadExperiment, TakesAListOfModels) {
  const Experiment experiment =
      ExperimentText("experiment: e\nmodel: [{checkpoint: a, dtype: bf16}, b]\n" + kTasks +
                     kMethods)
          .load();
  ASSERT_EQ(experiment.models.size(), 2u);
  EXPECT_EQ(experiment.models[0].dtype, "bf16");
  EXPECT_EQ(experiment.models[1].checkpoint, "b");
}

TEST(LoadExperiment, ListsMisspeltKeysBeforeWhatFollowsFromThem) {
  const std::string found =
      ExperimentText("experimnt: e\nmodel: {checkpoint: a}\ntasks: [{task: jsonl, fil: x}]\n" +
                     kMethods)
          .problems();
  EXPECT_EQ(found.find("e.yaml:1:1: unknown key 'experimnt'"), 0u) << found;
  EXPECT_LT(found.find("'fil': unknown parameter"), found.find("needs the key 'experiment'"));
  EXPECT_LT(found.find("'fil': unknown parameter"), found.find("'file': must be given"));
}

TEST(LoadExperiment, ListsAllProblemsOfAFileInOrder) {
  const std::string text =
      "experimnt: e\n"
      "model: {checkpoint: smollm2-135m, divice: cpu, dtype: fp64}\n"
      "tasks:\n"
      "  - {task: needel}\n"
      "  - {task: speed, lengths: [64], new_token: 4}\n"
      "methods:\n"
      "  - method: full\n"
      "  - method: stps\n"
      "  - method: spts\n"
      "    params: {full_layers: 1, stage_ends: [2], budgets: [1.5], papp: true}\n"
      "seed: 010\n";
  const std::string found = ExperimentText(text).problems();
  EXPECT_THAT(found, HasSubstr("e.yaml:1:1: unknown key 'experimnt' in an experiment; did you mean "
                               "'experiment'?"));
  EXPECT_THAT(found, HasSubstr("e.yaml:1:1: an experiment needs the key 'experiment'"));
  EXPECT_THAT(found, HasSubstr("e.yaml:2:35: unknown key 'divice' in a model; did you mean "
                               "'device'?"));
  EXPECT_THAT(found, HasSubstr("e.yaml:2:48: unknown dtype 'fp64'"));
  EXPECT_THAT(found, HasSubstr("e.yaml:4:12: unknown task 'needel'; did you mean 'needle'?"));
  EXPECT_THAT(found, HasSubstr("e.yaml:5:34: 'new_token': unknown parameter; did you mean "
                               "'new_tokens'?"));
  EXPECT_THAT(found, HasSubstr("e.yaml:8:13: unknown method 'stps'; did you mean 'spts'?"));
  EXPECT_THAT(found, HasSubstr("e.yaml:10:57: 'budgets[0]': got 1.5"));
  EXPECT_THAT(found, HasSubstr("e.yaml:10:63: 'papp': unknown parameter; did you mean 'pap'?"));
  EXPECT_THAT(found, HasSubstr("e.yaml:11:7: '010' has a leading zero"));
  EXPECT_LT(found.find("e.yaml:4:12"), found.find("e.yaml:10:57"));
}

TEST(LoadExperiment, ReportsWhatOnlyTheWholeParametersShow) {
  const std::string text = kHead + kTasks +
                           "methods:\n"
                           "  - method: full\n"
                           "  - method: sliminfer\n"
                           "    params: {keep: [0.5]}\n";
  EXPECT_THAT(ExperimentText(text).problems(),
              HasSubstr("e.yaml:6:5: 'prune_layers': must be given"));
}

TEST(LoadExperiment, TakesTheProductOfAxesAndLeavesSkipsOut) {
  const std::string text = kHead + kTasks +
                           "methods:\n"
                           "  - method: full\n"
                           "  - method: spts\n"
                           "    params: {full_layers: 1, stage_ends: [3], budgets: [0.5]}\n"
                           "    sweep: {ltp: [false, true], msdp: [false, true]}\n"
                           "    skip: [{ltp: false, msdp: true}]\n"
                           "    label: \"SPTS ltp={ltp} msdp={msdp} at {budgets}\"\n";
  const Experiment experiment = ExperimentText(text).load();
  ASSERT_EQ(experiment.methods.size(), 4u);
  EXPECT_EQ(experiment.methods[1].label, "SPTS ltp=false msdp=false at 0.5");
  EXPECT_EQ(experiment.methods[2].label, "SPTS ltp=true msdp=false at 0.5");
  EXPECT_EQ(experiment.methods[3].label, "SPTS ltp=true msdp=true at 0.5");
  EXPECT_EQ(experiment.methods[2].overrides.at("ltp"), Json(true));
  EXPECT_EQ(experiment.methods[2].line, 6);
}

TEST(LoadExperiment, NamesLabelsAfterTheAxesWhenNoneAreGiven) {
  const std::string text = kHead + kTasks +
                           "methods:\n"
                           "  - method: full\n"
                           "  - method: spts\n"
                           "    params: {full_layers: 1, stage_ends: [3], ltp: false}\n"
                           "    sweep: {budgets: [[0.5], [16]]}\n";
  const Experiment experiment = ExperimentText(text).load();
  EXPECT_EQ(experiment.methods[1].label, "spts budgets=0.5");
  EXPECT_EQ(experiment.methods[2].label, "spts budgets=16");
}

TEST(LoadExperiment, KeepsACountOfOneApartFromTheWholePrompt) {
  const std::string text = kHead + kTasks +
                           "methods:\n"
                           "  - method: full\n"
                           "  - method: spts\n"
                           "    params: {full_layers: 1, stage_ends: [3], ltp: false}\n"
                           "    sweep: {budgets: [[1 token], [1.0]]}\n"
                           "    skip: [{budgets: [1.0]}]\n";
  const Experiment experiment = ExperimentText(text).load();
  ASSERT_EQ(experiment.methods.size(), 2u);
  EXPECT_EQ(experiment.methods[1].label, "spts budgets=1 token");
}

TEST(LoadExperiment, RefusesSkipsThatLeaveNothingOut) {
  const std::string text = kHead + kTasks +
                           "methods:\n"
                           "  - method: full\n"
                           "  - method: spts\n"
                           "    params: {full_layers: 1, stage_ends: [3], budgets: [0.5]}\n"
                           "    sweep: {ltp: [false, true]}\n"
                           "    skip: [{ltp: 1}, {mdsp: true}]\n";
  const std::string found = ExperimentText(text).problems();
  EXPECT_THAT(found, HasSubstr("e.yaml:9:18: 'skip' has ltp = 1, which the axis never takes"));
  EXPECT_THAT(found, HasSubstr("e.yaml:9:23: 'skip' names 'mdsp', which is not an axis"));
}

TEST(LoadExperiment, ChecksEveryValueOfAnAxisAtItsPlace) {
  const std::string text =
      kHead + kTasks +
      "methods:\n"
      "  - method: full\n"
      "  - method: spts\n"
      "    params: {full_layers: 1, stage_ends: [3], budgets: [0.5], ltp: false}\n"
      "    sweep: {probe_queries: [1, 0], ltp: [true], pap: true}\n";
  const std::string found = ExperimentText(text).problems();
  EXPECT_THAT(found, HasSubstr("e.yaml:8:32: 'probe_queries': got 0"));
  EXPECT_THAT(found, HasSubstr("e.yaml:8:36: 'ltp' is both in 'params' and an axis"));
  EXPECT_THAT(found, HasSubstr("e.yaml:8:54: the axis 'pap' needs a list of values"));
}

TEST(LoadExperiment, NamesBothLinesOfADuplicateLabel) {
  const std::string text = kHead + kTasks +
                           "methods:\n"
                           "  - method: full\n"
                           "  - method: full\n";
  EXPECT_EQ(ExperimentText(text).problems(),
            "e.yaml:6:1: the label 'full' is taken by the method on line 5; give each a 'label'");
}

TEST(LoadExperiment, RefusesPlaceholdersThatNobodySets) {
  const std::string text = kHead + kTasks + "methods: [{method: full, label: \"F {ltp}\"}]\n";
  EXPECT_THAT(ExperimentText(text).problems(),
              HasSubstr("e.yaml:4:26: 'label' uses {ltp}, which this entry does not set"));
}

TEST(LoadExperiment, NeedsABaselineThatExists) {
  EXPECT_THAT(
      ExperimentText(kSmall + "baseline: ful\n").problems(),
      HasSubstr("e.yaml:5:11: the baseline 'ful' is none of the labels; did you mean 'full'?"));
  const std::string text =
      kHead + kTasks + "methods: [{method: sliminfer, params: {prune_layers: [1], keep: [64]}}]\n";
  EXPECT_THAT(ExperimentText(text).problems(), HasSubstr("no 'baseline'"));
}

TEST(LoadExperiment, SaysWhatStandsInTheWrongPlace) {
  const std::string found = ExperimentText(kSmall + "search: {}\nalign: {}\n").problems();
  EXPECT_THAT(found, HasSubstr("e.yaml:5:1: 'search' belongs to an entry of 'methods'"));
  EXPECT_THAT(found, HasSubstr("e.yaml:6:1: 'align' belongs to an entry of 'methods'"));
  EXPECT_EQ(ExperimentText(kSmall + "samples: 4\nlimit: 2\n").problems(),
            "e.yaml:5:1: 'samples' belongs to an entry of 'tasks': {task: needle, lengths: [512], "
            "samples: 4}\n"
            "e.yaml:6:1: 'limit' belongs to an entry of 'tasks'; the option --limit holds for all "
            "of them");
  EXPECT_EQ(ExperimentText(kSmall + "device: cpu\n").problems(),
            "e.yaml:5:1: 'device' belongs to 'model': {checkpoint: smollm2-135m, device: cpu}");
  EXPECT_THAT(ExperimentText(kSmall + "nonsense: 1\n").problems(), Not(HasSubstr("search")));
}

TEST(LoadExperiment, NamesLimitWhereATaskReadsItsSamplesFromFiles) {
  const auto problems = [](const std::string& task) {
    return ExperimentText(kHead + "tasks: [" + task + "]\n" + kMethods).problems();
  };
  for (const char* key : {"samples", "sample", "n_samples"}) {
    EXPECT_THAT(problems(fmt::format("{{task: jsonl, file: x.jsonl, {}: 4}}", key)),
                HasSubstr(fmt::format("e.yaml:3:38: '{}': the task 'jsonl' reads its samples from "
                                      "files; 'limit' keeps the first so many",
                                      key)));
  }
  EXPECT_THAT(problems("{task: longbench, data: x, samples: 4}"),
              HasSubstr("'limit' keeps the first so many"));
  EXPECT_THAT(problems("{task: needle, lengths: [512], sample: 4}"),
              HasSubstr("unknown parameter; did you mean 'samples'?"));
}

TEST(LoadExperiment, ChecksTimingAndCalibration) {
  const std::string found =
      ExperimentText(kSmall + "timing: {repeats: 0}\ncalibration: {texts: a.pdf, count: 1.5}\n")
          .problems();
  EXPECT_THAT(found,
              HasSubstr("e.yaml:5:19: 'repeats' is 0; expected a whole number of at least 1"));
  EXPECT_THAT(ExperimentText(kSmall + "timing: {plan_ahead: 3}\n").problems(),
              HasSubstr("e.yaml:5:22: 'plan_ahead' is 3; expected true or false"));
  EXPECT_THAT(found, HasSubstr("e.yaml:6:15: 'texts' is 'a.pdf'"));
  EXPECT_THAT(found, HasSubstr("e.yaml:6:36: 'count' is 1.5"));
}

TEST(LoadExperiment, TakesOverridesFromTheCommandLine) {
  const ExperimentText text(kSmall);
  const Experiment experiment =
      text.load({"tasks.0.lengths=[128, 256]", "timing.repeats=3", "model.device=cpu", "seed=7"});
  EXPECT_EQ(experiment.tasks[0].params.at("lengths"), Json::parse("[128, 256]"));
  EXPECT_EQ(experiment.timing.repeats, 3);
  EXPECT_EQ(experiment.models[0].device, "cpu");
  EXPECT_EQ(experiment.seed, 7u);
}

TEST(LoadExperiment, NamesTheOverrideThatIsWrong) {
  const ExperimentText text(kSmall);
  EXPECT_THAT(text.problems({"tasks.3.samples=1"}),
              HasSubstr("--set tasks.3.samples=1: '3' must be an index of a list of 1"));
  EXPECT_THAT(text.problems({"seed"}), HasSubstr("--set seed: expected key.path=value"));
  EXPECT_THAT(text.problems({"seed.a=1"}), Not(HasSubstr("e.yaml")));
  EXPECT_THAT(text.problems({"tasks.0.length=5"}), HasSubstr("'length': unknown parameter"));
}

TEST(LoadExperiment, NamesFilesThatCannotBeRead) {
  EXPECT_THROW(load_experiment("/nowhere/e.yaml"), InputError);
  EXPECT_THROW(load_experiment("/tmp"), InputError);
}

}  // namespace
}  // namespace skipbench
