#include "harness/run/run_experiment.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <memory>
#include <string>

#include "harness/report/report.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::ContainsRegex;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// Rows of text under full attention, and one entry whose setting is looked for.
std::string searching(const TinyRun& tiny, const std::string& clause, int new_tokens = 2) {
  return fmt::format(R"(experiment: tiny
model: {{checkpoint: "{}", device: cpu}}
tasks:
  - {{task: jsonl, file: "{}/rows.jsonl", max_new_tokens: {}, chat: false}}
methods:
  - method: full
  - method: spts
    params: {{full_layers: 1, stage_ends: [1], budgets: [0.5], prune_step: 0, ltp: false}}
    {}
    label: SPTS
)",
                     tiny.model(), tiny.folder().string(), new_tokens, clause);
}

constexpr const char* kSearch = "search: {target: kl <= 1e-6, over: budgets, steps: 5}";

ExperimentOutcome run_all(const TinyRun& tiny, const std::string& experiment,
                          const std::function<int()>& pending_signal = {},
                          const PlanOptions& what = {}, bool profile = false) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> messages(
      std::fopen((tiny.folder() / "messages").c_str(), "w"), std::fclose);
  Plan plan = tiny.plan(experiment, what);
  RunOptions options{.database = tiny.database(), .command = "test", .messages = messages.get()};
  options.profile = profile;
  if (pending_signal) options.pending_signal = pending_signal;
  return run_experiment(plan, options);
}

TEST(RunExperiment, StoresEachSettingAsALabelTimedBesideTheBaseline) {
  const TinyRun tiny;
  const ExperimentOutcome outcome = run_all(tiny, searching(tiny, kSearch));
  ASSERT_THAT(outcome.searches, SizeIs(1));
  const auto settings = static_cast<int64_t>(outcome.searches[0].probes.size());
  EXPECT_GE(settings, 3);
  EXPECT_LE(settings, 5);
  EXPECT_EQ(outcome.run.measured, 3 + settings * 2 * 3);
  EXPECT_THAT(tiny.query("SELECT count(*) FROM samples WHERE label LIKE 'SPTS budgets x %' "
                         "GROUP BY label, metric"),
              Each("3"));
  EXPECT_THAT(tiny.query("SELECT count(*) FROM cells WHERE label LIKE 'SPTS%' AND in_plan AND "
                         "(speedup_ttft IS NOT NULL OR active = 0) AND n = expected_n"),
              ElementsAre(std::to_string(settings)));
}

TEST(RunExperiment, LoadsTheWeightsOnceForAllSettings) {
  const TinyRun tiny;
  const ExperimentOutcome outcome = run_all(tiny, searching(tiny, kSearch));
  EXPECT_GE(outcome.searches.at(0).probes.size(), 3u);
  std::ifstream messages(tiny.folder() / "messages");
  int loads = 0;
  for (std::string line; std::getline(messages, line);)
    loads += line.starts_with("loading weights");
  EXPECT_EQ(loads, 1);
}

TEST(RunExperiment, ProfilesTheBaselineOnceWhateverNumberOfSettingsIsTried) {
  const TinyRun tiny;
  const ExperimentOutcome outcome = run_all(tiny, searching(tiny, kSearch), {}, {}, true);
  const auto settings = static_cast<int64_t>(outcome.searches.at(0).probes.size());
  ASSERT_GE(settings, 3);
  EXPECT_EQ(outcome.run.profiles, 3 + settings * 3);
  EXPECT_THAT(tiny.query("SELECT DISTINCT label, n FROM profiles WHERE label = 'full'"),
              ElementsAre("full|3"));
}

TEST(RunExperiment, ChoosesTheFastestSettingThatHolds) {
  const TinyRun tiny;
  const SearchRecord record = run_all(tiny, searching(tiny, kSearch)).searches.at(0);
  EXPECT_EQ(record.labels[0], "SPTS budgets x 2");  // both shares are the whole prompt
  EXPECT_EQ(record.labels[1], "SPTS budgets x 0.1");
  ASSERT_NE(record.chosen(), "");
  const Probe& chosen = record.probes[*record.conclusion.chosen];
  EXPECT_LE(*chosen.value, 1e-6);
  for (const Probe& probe : record.probes) {
    const bool faster = probe.ideal_speedup > chosen.ideal_speedup;
    EXPECT_TRUE(!faster || *probe.value > 1e-6) << probe.factor;
  }
  const std::string stored = tiny.query(
      fmt::format("SELECT kl_first_token_mean FROM cells WHERE label = '{}'", record.chosen()))[0];
  EXPECT_NEAR(std::stod(stored), *chosen.value, 1e-15);
}

SearchRecord snapkv_search(const TinyRun& tiny, const std::string& target) {
  const std::string experiment = fmt::format(R"(experiment: tiny
model: {{checkpoint: "{}", device: cpu}}
tasks: [{{task: jsonl, file: "{}/rows.jsonl", max_new_tokens: 2, chat: false}}]
methods:
  - method: full
  - method: snapkv
    params: {{keep: 0.5, window: 1}}
    search: {{target: {}, over: keep, steps: 6}}
    label: SnapKV
)",
                                             tiny.model(), tiny.folder().string(), target);
  return run_all(tiny, experiment).searches.at(0);
}

// SnapKV adds its own probe to the prefill unless it keeps all rows, so that by FLOPs the whole
// cache would "save" most.
TEST(RunExperiment, FindsTheSmallestCacheThatHoldsTheTarget) {
  const TinyRun tiny;  // by the tokens after the first, which SnapKV leaves alone
  EXPECT_EQ(snapkv_search(tiny, "kl <= 100").chosen(), "SnapKV keep x 0.1");

  constexpr double kLimit = 1e-4;  // the whole cache loses nothing, the smallest 2.6e-4
  const TinyRun another;
  const SearchRecord record =
      snapkv_search(another, fmt::format("answer_nll_increase <= {}", kLimit));
  ASSERT_NE(record.chosen(), "");
  const Probe& chosen = record.probes[*record.conclusion.chosen];
  EXPECT_LE(*chosen.value, kLimit);
  EXPECT_LT(chosen.kv_ratio, 1);
  for (const Probe& probe : record.probes) {
    EXPECT_TRUE(probe.kv_ratio >= chosen.kv_ratio || *probe.value > kLimit) << probe.factor;
  }
}

TEST(RunExperiment, MeasuresNothingTwiceWhenGivenAgain) {
  const TinyRun tiny;
  const ExperimentOutcome first = run_all(tiny, searching(tiny, kSearch));
  const auto before = tiny.samples();
  const ExperimentOutcome again = run_all(tiny, searching(tiny, kSearch));
  EXPECT_EQ(again.run.measured, 0);
  EXPECT_EQ(again.run.reused, first.run.measured);
  EXPECT_EQ(again.searches.at(0).chosen(), first.searches.at(0).chosen());
  EXPECT_EQ(tiny.samples(), before);
}

TEST(RunExperiment, ARunOfSomeLabelsLeavesTheFiguresOfSettings) {
  const TinyRun tiny;
  run_all(tiny, searching(tiny, kSearch));
  const std::string figures =
      "SELECT label || speedup_ttft FROM cells WHERE label LIKE 'SPTS%' AND in_plan ORDER BY label";
  const auto before = tiny.query(figures);
  PlanOptions baseline_alone;
  baseline_alone.only = {"full"};
  run_all(tiny, searching(tiny, kSearch), {}, baseline_alone);
  EXPECT_EQ(tiny.query(figures), before);
  EXPECT_THAT(before, Not(IsEmpty()));
}

TEST(RunExperiment, ContinuesASearchAfterAnInterruptionAtAnyPlace) {
  const TinyRun undisturbed;
  const ExperimentOutcome whole = run_all(undisturbed, searching(undisturbed, kSearch));
  int all = 0;
  const TinyRun counted;
  run_all(counted, searching(counted, kSearch), [&] { return ++all, 0; });
  for (int place = 2; place < all; place += all / 7) {
    const TinyRun tiny;
    int asked = 0;
    const ExperimentOutcome stopped =
        run_all(tiny, searching(tiny, kSearch), [&] { return ++asked > place ? SIGINT : 0; });
    ASSERT_EQ(stopped.run.signal, SIGINT) << place;
    EXPECT_THAT(stopped.searches, IsEmpty());
    const ExperimentOutcome rest = run_all(tiny, searching(tiny, kSearch));
    EXPECT_EQ(rest.run.measured + stopped.run.measured, whole.run.measured) << place;
    EXPECT_EQ(tiny.samples(), undisturbed.samples()) << "interrupted at " << place;
    EXPECT_EQ(rest.searches.at(0).chosen(), whole.searches.at(0).chosen());
  }
}

TEST(RunExperiment, KeepsTheRowsOfSettingsThatAnotherRangeTriesAgain) {
  const TinyRun tiny;
  const ExperimentOutcome first = run_all(tiny, searching(tiny, kSearch));
  const ExperimentOutcome wider = run_all(
      tiny, searching(tiny, "search: {target: kl <= 1e-6, over: budgets, low: 0.05, steps: 3}"));
  ASSERT_EQ(wider.searches.at(0).probes.size(), 3u);  // x 2 was there, x 0.05 is new
  EXPECT_LE(wider.run.measured, 2 * 2 * 3);
  EXPECT_THAT(tiny.query("SELECT count(*) FROM samples WHERE label = 'SPTS budgets x 2' GROUP BY "
                         "sample_id, metric"),
              Each("1"));
  EXPECT_THAT(tiny.query("SELECT label FROM cells WHERE label = 'SPTS budgets x 0.1' AND in_plan"),
              IsEmpty());
  EXPECT_EQ(first.run.signal, 0);
}

TEST(RunExperiment, SaysThatATargetIsOutOfReach) {
  const TinyRun tiny;
  const SearchRecord record =
      run_all(tiny, searching(tiny, "search: {target: kl <= 0, over: budgets, high: 0.5}"))
          .searches.at(0);
  EXPECT_EQ(record.chosen(), "");
  EXPECT_EQ(record.probes.size(), 2u);
  EXPECT_THAT(sentences(record)[0], HasSubstr("missed even at the loosest setting"));
}

TEST(RunExperiment, AlignsCountedWorkOnFewPromptsAndMeasuresTheChoiceOnAll) {
  const TinyRun tiny;
  const ExperimentOutcome outcome = run_all(
      tiny, searching(tiny, "align: {to: ideal_speedup, value: 1.2, scale: budgets, samples: 1}"));
  const SearchRecord& record = outcome.searches.at(0);
  ASSERT_NE(record.chosen(), "");
  EXPECT_NEAR(*record.probes[*record.conclusion.chosen].value, 1.2, 0.05);
  EXPECT_THAT(tiny.query(fmt::format("SELECT n, expected_n FROM cells WHERE label = '{}'",
                                     record.chosen())),
              ElementsAre("3|3"));
  EXPECT_THAT(tiny.query(fmt::format("SELECT DISTINCT n, expected_n FROM cells WHERE label LIKE "
                                     "'SPTS%' AND label <> '{}'",
                                     record.chosen())),
              ElementsAre("1|1"));
  const auto before = tiny.samples();
  EXPECT_EQ(run_all(tiny, searching(tiny,
                                    "align: {to: ideal_speedup, value: 1.2, scale: budgets, "
                                    "samples: 1}"))
                .run.measured,
            0);
  EXPECT_EQ(tiny.samples(), before);
}

TEST(RunExperiment, AlignsRandomWeightsByTheirMeasuredSpeed) {
  const TinyRun tiny;
  const ExperimentOutcome outcome = run_all(
      tiny,
      "experiment: r\nmodel: {checkpoint: random:tiny-llama, device: cpu}\n"
      "tasks: [{task: speed, lengths: [64], new_tokens: 2, samples: 2, repeats: 2}]\nmethods:\n"
      "  - method: full\n"
      "  - method: gemfilter\n    params: {layer: 0, keep: 0.5}\n"
      "    align: {to: speedup_ttft, value: 1, scale: keep, tolerance: 1000, steps: 3}\n");
  ASSERT_THAT(outcome.searches, SizeIs(1));
  EXPECT_EQ(outcome.searches[0].chosen(), "gemfilter keep x 2");
  EXPECT_GT(*outcome.searches[0].probes[0].value, 0);
}

TEST(RunExperiment, RefusesAGoalThatItsTasksOrWeightsCannotHave) {
  const TinyRun tiny;
  const std::string speed =
      "tasks: [{task: speed, lengths: [32], new_tokens: 2}]\nmethods:\n  - method: full\n"
      "  - method: sliminfer\n    params: {prune_layers: [1], keep: [0.5]}\n"
      "    search: {target: answer_nll_increase <= 0.1, over: keep}\n";
  EXPECT_THAT(tiny.planning_error("experiment: r\nmodel: random:tiny-llama\n" + speed),
              HasSubstr("e.yaml:6: 'sliminfer' on random:tiny-llama: random:tiny-llama has random "
                        "weights, which have no answer_nll_increase"));
  EXPECT_THAT(
      tiny.planning_error(
          fmt::format("experiment: r\nmodel: {{checkpoint: \"{}\"}}\n", tiny.model()) + speed),
      HasSubstr("no task asks for text, so that there is no answer_nll_increase"));
}

TEST(RunExperiment, EndsTheRangeWhereTheMethodsOwnCheckDoes) {
  const TinyRun tiny;
  const Plan plan = tiny.plan(
      searching(tiny, "search: {target: kl <= 0.001, over: probe_queries, low: 0.001, high: 900}"));
  EXPECT_EQ(plan.searches.at(0).range.high, 900);
  EXPECT_EQ(plan.searches.at(0).cell_at(0.001).params.at("probe_queries"), 1);
  const Plan shares =
      tiny.plan(searching(tiny, "search: {target: kl <= 0.001, over: budgets, high: 50}"));
  EXPECT_EQ(shares.searches.at(0).cell_at(50).params.at("budgets").dump(), "[1.0]");
}

TEST(RunExperiment, DescribesASearchBeforeItRuns) {
  const TinyRun tiny;
  const std::string text = describe_searches(tiny.plan(searching(tiny, kSearch)));
  EXPECT_THAT(text, HasSubstr("search 'SPTS' on tiny: kl <= 1e-06 over budgets x 0.1 to 2, "
                              "least prefill_work\n"));
  EXPECT_THAT(text, ContainsRegex("at most 5 settings of 6 rows.*at most 30 rows, about "));
  EXPECT_THAT(text, HasSubstr("\nin all at most 33 rows of 5 settings and the labels above"));
}

TEST(RunExperiment, SaysWhatASearchHasToCalibrateOnce) {
  const TinyRun tiny;
  std::string experiment = searching(tiny, kSearch);
  experiment.replace(experiment.find("ltp: false"), 10, "ltp: true, d_low: 8, rank: 4");
  EXPECT_THAT(describe_searches(tiny.plan(experiment)),
              ContainsRegex("least prefill_work\n.*\n  will be calibrated on [0-9]+ texts, "));
  run_all(tiny, experiment);
  EXPECT_THAT(describe_searches(tiny.plan(experiment)),
              HasSubstr("\n  calibrated already (cached)\n"));
}

TEST(RunExperiment, TheEstimateOfASearchCountsWarmUps) {
  const TinyRun tiny;
  const auto total = [&](const std::string& timing) {
    // Long replies: the difference must not be rounded away on a fast machine.
    Plan plan = tiny.plan(searching(tiny, kSearch, /*new_tokens=*/40) + timing);
    return describe_searches(plan);
  };
  EXPECT_NE(total("timing: {warmup: 10000}\n"), total("timing: {warmup: 0}\n"));
}

TEST(RunExperiment, LeavesSearchesOutByTheirLabel) {
  const TinyRun tiny;
  PlanOptions options;
  options.exclude = {"SPTS"};
  EXPECT_THAT(tiny.plan(searching(tiny, kSearch), options).searches, IsEmpty());
  options = {};
  options.only = {"SP*"};
  EXPECT_THAT(tiny.plan(searching(tiny, kSearch), options).searches, SizeIs(1));
}

TEST(RunExperiment, ReportsMarkTheChoice) {
  const TinyRun tiny;
  const SearchRecord record = run_all(tiny, searching(tiny, kSearch)).searches.at(0);
  const std::string text = render_report(tiny.database(), {});
  EXPECT_THAT(text, HasSubstr(record.chosen() + " ◆"));
  EXPECT_THAT(text, HasSubstr("search 'SPTS' on tiny, kl <= 1e-06: chosen"));
  ReportOptions as_json;
  as_json.format = "json";
  const Json json = Json::parse(render_report(tiny.database(), as_json));
  for (const Json& cell : json["experiments"][0]["models"][0]["cells"]) {
    const std::string label = cell["label"];
    const Json expected =
        label == "full" ? Json() : Json(label == record.chosen() ? "chosen" : "tried");
    EXPECT_EQ(cell["search"], expected) << label;
  }
}

}  // namespace
}  // namespace skipbench
