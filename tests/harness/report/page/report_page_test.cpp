#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/report/findings/findings.h"
#include "harness/report/findings/measured_facts.h"
#include "harness/report/findings/pair_tables.h"
#include "harness/report/findings/pooled_findings.h"
#include "harness/report/findings/verdict_finding.h"
#include "harness/report/judge/rank_cells.h"
#include "harness/report/page/data_commands.h"
#include "harness/report/page/evidence_table.h"
#include "harness/report/page/overall_table.h"
#include "harness/report/page/reproduction.h"
#include "harness/report/page/sample_rows.h"
#include "harness/report/report.h"
#include "kernels/base/json.h"
#include "tests/harness/report/support/example_database.h"
#include "tests/support/write_file.h"

namespace skipbench {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string page_of(const std::filesystem::path& database) {
  ReportOptions options;
  options.format = "html";
  return render_report(database, options);
}

// What the page's own script reads.
Json data_of(const std::string& page) {
  const std::string begin = R"(<script type="application/json" id="data">)";
  const size_t at = page.find(begin) + begin.size();
  return Json::parse(page.substr(at, page.find("</script>", at) - at));
}

TEST(ReportPage, HoldsEveryTableOfTheOtherFormatsAndTheirProvenance) {
  const ScratchFolder folder;
  write_example_database(folder / "a.db");
  const Json data = data_of(page_of(folder / "a.db"));
  ASSERT_EQ(data.at("sections").size(), 2u);
  const Json& model = data.at("sections").at(0);
  EXPECT_EQ(model.at("heading"), "demo on smollm2-135m");
  std::vector<std::string> titles;
  for (const Json& table : model.at("tables")) titles.push_back(table.at("title"));
  EXPECT_THAT(titles, ElementsAre("Accuracy", "Fidelity", "Speed and work"));
  EXPECT_EQ(data.at("sections").at(1).at("heading"), "Provenance of demo");
  EXPECT_EQ(model.at("marks"), Json::array({"incomplete"}));
}

TEST(ReportPage, TwoPagesOfOneDatabaseAreEqual) {
  const ScratchFolder folder;
  write_example_database(folder / "a.db");
  EXPECT_EQ(page_of(folder / "a.db"), page_of(folder / "a.db"));
}

TEST(ReportPage, ShowsATableThatAFileDescribes) {
  const ScratchFolder folder;
  write_example_database(folder / "a.db");
  write_file(folder / "t.yaml", "table: mine\nrows: [full]\ncolumns: [speedup_ttft]\n");
  ReportOptions options;
  options.format = "html";
  options.table = folder / "t.yaml";
  const Json data = data_of(render_report(folder / "a.db", options));
  EXPECT_THAT(data.at("sections").at(0).at("tables").at(0).at("rows").dump(), HasSubstr("full"));
  EXPECT_FALSE(data.at("sections").at(0).contains("figures"));
}

struct Example {
  ScratchFolder folder;
  std::unique_ptr<StoreReader> reader;
  std::vector<ExperimentData> experiments;

  Example() {
    write_example_database(folder / "a.db");
    reader = std::make_unique<StoreReader>(folder / "a.db");
    experiments = load_experiments(*reader, "", false);
    rank_cells(*reader, experiments.front().models.front());
  }
  const ModelCells& model() const { return experiments.front().models.front(); }

  /// As if there were samples enough for a test: the database has four a task.
  void have_samples_enough() {
    for (JudgedCell& cell : experiments.front().models.front().cells) {
      if (cell.record.summary.n > 0) cell.record.summary.n = 8;
      cell.loss_standing.too_few = false;
      for (Standing& standing : cell.metric_standings) standing.too_few = false;
    }
  }
};

std::string words_of(const Finding& finding) {
  std::string words;
  for (const Phrase& phrase : finding.text) words += phrase.text;
  return words;
}

TEST(Findings, SayWhereSamplesAreTooFewToTell) {
  const Example example;
  const std::vector<Finding> findings = findings_of(example.model());
  EXPECT_EQ(findings[0].about, "needle 1024, exact match");
  EXPECT_EQ(words_of(findings[0]),
            "full is first (50.0 points); too few samples to tell from chance.");
}

TEST(Findings, NameTheBestWhatEqualsItAndWhichOfTheseComputesLeast) {
  Example example;
  example.have_samples_enough();
  for (JudgedCell& cell : example.experiments.front().models.front().cells) {
    if (cell.record.plan.label == "spts 50%") cell.record.summary.metrics[0].score = 49;
  }
  const std::vector<Finding> findings = findings_of(example.model());
  ASSERT_GE(findings.size(), 4u);
  EXPECT_EQ(findings[0].about, "Task by task, by score");
  EXPECT_EQ(words_of(findings[0]),
            "Best, or not distinguishable from the best, on each of 2 tasks: full and spts 50%.");
  EXPECT_EQ(findings[2].about, "needle 1024, exact match");
  EXPECT_EQ(words_of(findings[2]),
            "full is best (50.0 points). 8 samples: only large differences show. Not "
            "distinguishable from "
            "it: spts 50%. Of these spts 50% "
            "computes least: ideal speed-up 2.50x, measured to the first token 2.00x "
            "[2.00, 2.00].");
  EXPECT_EQ(findings[3].about, "needle 1024, loss of the right answer");
}

/// Two methods over three tasks: `even` loses nothing that shows, `worse` loses.
PooledTasks pooled_example() {
  const auto of = [](double mean, double low, double high, double p, double corrected) {
    return PooledAccuracy{3, mean,
                          PooledDifference{mean - 50, Interval{low, high}, p, corrected, 60}};
  };
  PooledTasks pooled{.tasks = 3,
                     .baseline = "full",
                     .labels = {"full", "even", "worse", "half"},
                     .measured_tasks = {3, 3, 3, 2},
                     .active_tasks = {3, 3, 3, 2},
                     .ideal = {1.0, 2.0, 3.0, 9.0},
                     .measured = {{1.0}, {1.5}, {2.5}, {9.0}},
                     .marks = {"", "", "", ""},
                     .kv_ratio = {1.0, 0.5, 0.4, 0.1},
                     .kl = {0.0, 0.02, 0.7, {}}};
  pooled.kinds.push_back(
      {"score",
       Unit::kPoints,
       Unit::kPointsDelta,
       true,
       {{3, 50.0, {}}, of(49, -3, 1, 0.3, 0.3), of(40, -14, -6, 0.001, 0.002), {2, 90.0, {}}}});
  return pooled;
}

TEST(PooledFindings, NameTheBestWhetherItsDifferenceIsRealAndWhatItCosts) {
  const std::vector<Finding> findings = pooled_findings(pooled_example());
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].about, "All 3 tasks together, score");
  EXPECT_EQ(words_of(findings[0]),
            "even has the highest mean of 2 methods: 49.0 points beside 50.0 of full. The "
            "difference of -1.0 "
            "[-3.0, +1.0] is not shown to be real (p .300, corrected over methods .300); "
            "speed-up to the first token 1.50x, ideal 2.00x. Measurably worse than the baseline: "
            "worse.");
}

TEST(PooledFindings, NameTheCheapestOfThoseThatLoseNothing) {
  PooledTasks pooled = pooled_example();
  pooled.kinds[0].accuracies[2].difference->corrected = 0.2;
  EXPECT_THAT(words_of(pooled_findings(pooled)[0]), HasSubstr("Different if tested alone"));
  pooled.kinds[0].accuracies[2].difference->p = 0.2;
  EXPECT_THAT(words_of(pooled_findings(pooled)[0]),
              HasSubstr("Of those not shown to be worse, worse saves the most FLOPs: -10.0 [-14.0, "
                        "-6.0], speed-up to the first token 2.50x, ideal 3.00x."));
}

TEST(PooledFindings, AGainThatIsRealAloneIsNotShownToBeALoss) {
  PooledTasks pooled = pooled_example();
  PooledAccuracy& cheap = pooled.kinds[0].accuracies[2];
  cheap.difference = PooledDifference{+0.5, Interval{0.1, 0.9}, 0.03, 0.06, 60};
  pooled.kinds[0].accuracies[1].difference = PooledDifference{+1, Interval{-1, 3}, 0.3, 0.3, 60};
  EXPECT_THAT(
      words_of(pooled_findings(pooled)[0]),
      HasSubstr("Of those not shown to be worse, worse saves the most FLOPs: +0.5 [+0.1, +0.9]"));
  cheap.difference->mean = -0.5;
  EXPECT_THAT(words_of(pooled_findings(pooled)[0]), testing::Not(HasSubstr("saves the most")));
}

TEST(PooledFindings, WhatIsShownAlikeHasNoWinner) {
  PooledTasks pooled = pooled_example();
  PooledKind& score = pooled.kinds[0];
  score.accuracies[1].difference->p = score.accuracies[1].difference->corrected = 0.9;
  score.accuracies[2] = score.accuracies[1];
  score.accuracies[1].mean = 49.01;
  pooled.ideal[2] = 2.001;
  EXPECT_THAT(
      words_of(pooled_findings(pooled)[0]),
      HasSubstr("even and worse share the highest mean of 2 methods: 49.0 points beside 50.0 "
                "of full. Of even the difference of -1.0"));
  score.accuracies[1].mean = 49.1;
  score.accuracies[1].difference->mean = -0.9;
  pooled.ideal[1] = 1.5;
  pooled.labels.push_back("third");
  pooled.measured_tasks.push_back(3);
  pooled.active_tasks.push_back(3);
  pooled.ideal.push_back(2.0);
  pooled.measured.push_back({1.2});
  pooled.marks.emplace_back();
  pooled.kv_ratio.push_back(0.5);
  pooled.kl.push_back(0.1);
  score.accuracies.push_back(score.accuracies[2]);
  EXPECT_THAT(words_of(pooled_findings(pooled)[0]),
              HasSubstr("worse and third save the most FLOPs: ideal speed-up 2.00x."));
}

/// The same with a loss, that of `even` a little higher than full attention's.
PooledTasks judged_twice(double even_p) {
  PooledTasks pooled = pooled_example();
  const auto of = [](double mean, double p) {
    const Interval interval{mean - 2.1, mean - 1.9};
    return PooledAccuracy{3, mean, PooledDifference{mean - 2, interval, p, p, 60}};
  };
  pooled.kinds.push_back({"loss of the right answer",
                          Unit::kNats,
                          Unit::kNatsDelta,
                          false,
                          {{3, 2.0, {}}, of(2.2, even_p), of(2.7, 0.001), {2, 2.0, {}}}});
  return pooled;
}

TEST(VerdictFinding, JoinsScoreAndLoss) {
  EXPECT_EQ(
      words_of(verdict_finding(judged_twice(0.01))),
      "Every method that could be tested is shown to be worse than full in score or in loss of the "
      "right answer. Worse in loss, not shown to be in score: even. Worse in both: worse. Not "
      "judged (lacking tasks or samples, or never active): half. even: score -1.0 "
      "[-3.0, +1.0] points, loss of the right answer +0.200 [+0.100, +0.300] nats per token "
      "(1.22x the perplexity), KL to full attention 0.020; speed-up to the first token 1.50x, "
      "ideal 2.00x.");
  EXPECT_THAT(
      words_of(verdict_finding(judged_twice(0.3))),
      HasSubstr("Shown to be worse than full in neither score nor loss of the right answer: "
                "even. Worse in both: worse. Not judged (lacking tasks or samples, or never "
                "active): half. even: score"));
  EXPECT_TRUE(verdict_finding(pooled_example()).text.empty()) << "there is no loss";
}

TEST(PooledFindings, NoMethodLeadsWhereNoneScoresAboveZero) {
  PooledTasks pooled = pooled_example();
  for (PooledAccuracy& accuracy : pooled.kinds[0].accuracies) accuracy.mean = 0;
  EXPECT_EQ(words_of(pooled_findings(pooled)[0]), "No method scores above 0.");
}

TEST(PooledFindings, OfTooFewSamplesTheHighestMeanIsMerelyFirst) {
  PooledTasks pooled = pooled_example();
  for (PooledAccuracy& accuracy : pooled.kinds[0].accuracies) {
    if (accuracy.difference) accuracy.difference->prompts = 4;
  }
  EXPECT_THAT(words_of(pooled_findings(pooled)[0]), HasSubstr("even is first of 2 methods: 49.0"));
}

TEST(PooledFindings, ALowLossIsAGoodOne) {
  PooledTasks pooled = pooled_example();
  pooled.kinds[0].larger_is_better = false;
  EXPECT_THAT(words_of(pooled_findings(pooled)[0]),
              HasSubstr("worse has the lowest loss of 2 methods"));
  EXPECT_THAT(words_of(pooled_findings(pooled)[0]),
              HasSubstr("is real, for the better (p .001, corrected over methods .002)"));
  EXPECT_THAT(words_of(pooled_findings(pooled)[0]), testing::Not(HasSubstr("Measurably better")))
      << "the best alone is better";
}

TEST(ReportPage, HoldsWhatAllTasksSayTogether) {
  const ScratchFolder folder;
  write_example_database(folder / "a.db");
  const Json data = data_of(page_of(folder / "a.db"));
  const Json& answers = data.at("sections").at(0).at("answers");
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(answers.at(0).at(0), "All 2 tasks together, the verdict");
  EXPECT_EQ(answers.at(1).at(0), "All 2 tasks together, score");
}

TEST(Findings, NameTheFastestBesideWhatItPromises) {
  Example example;
  for (JudgedCell& cell : example.experiments.front().models.front().cells) {
    if (cell.record.plan.label == "spts 25%") cell.record.summary.speedup_ttft = 1.5;
  }
  const std::vector<Finding> findings = findings_of(example.model());
  EXPECT_EQ(findings.back().about, "Speed on articles at 1,000 prompt tokens");
  EXPECT_THAT(words_of(findings.back()), HasSubstr("is fastest"));
  EXPECT_THAT(
      words_of(findings.back()),
      HasSubstr("a speed-up of 2.00x [2.00, 2.00] (the geometric mean of paired ratios), ideal "
                "2.50x."));
}

TEST(Reproduction, RunsTheLabelAloneIntoADatabaseOfItsOwn) {
  EXPECT_EQ(command_for_cell("/tmp/bin/skipbench run a.yaml --limit 20 --db /x/y.db "
                             "--only 'S*' --task needle --retry-failed --set tasks.0.repeats=3",
                             "full", ""),
            "build/release/skipbench run a.yaml --limit 20 --set tasks.0.repeats=3 --only full "
            "--db results/again.db");
  EXPECT_EQ(
      command_for_cell("skipbench run 'my file.yaml' --db=z.db", "it's 50% [a*]", "needle 1024"),
      "build/release/skipbench run 'my file.yaml' --only 'it'\\''s 50% \\[a\\*]' --task 'needle "
      "1024' --db results/again.db");
}

TEST(Reproduction, SaysWhatShouldComeOut) {
  const Example example;
  const auto all = reproductions_of(example.model(), example.experiments.front().runs);
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[1].label, "spts 50%");
  EXPECT_THAT(
      all[1].commands,
      ElementsAre("git checkout 0123456789abcdef0123456789abcdef01234567", "scripts/bootstrap",
                  "scripts/fetch_model smollm2-135m", "scripts/build skipbench",
                  "build/release/skipbench run demo.yaml --only 'spts 50%' --db "
                  "results/again.db",
                  "build/release/skipbench report results/again.db"));
  EXPECT_THAT(all[1].expected, HasSubstr("exact match 50.0; contains answer 100.0"));
  EXPECT_THAT(all[1].expected, HasSubstr("speed-up 2.00x [2.00, 2.00]"));
  for (const Reproduction& one : all) EXPECT_NE(one.label, "spts huge") << "it has no figures";
}

TEST(Reproduction, MeasuresTheTaskAloneWhereTheRunsProgramCan) {
  Example example;
  std::vector<RunRecord>& runs = example.experiments.front().runs;
  const Reproduction whole = reproductions_of(example.model(), runs).front();
  EXPECT_THAT(whole.commands.at(4), testing::Not(HasSubstr("--task")));
  EXPECT_EQ(whole.scope, "The commands measure all tasks of the experiment.");
  runs.front().info.config_json = R"({"task_filter": []})";
  const Reproduction alone = reproductions_of(example.model(), runs).front();
  EXPECT_THAT(alone.commands.at(4), HasSubstr("--only full --task 'needle 1024' --db"));
  EXPECT_EQ(alone.scope, "");
}

TEST(Reproduction, FetchesTheDataBeforeItBuildsAndRuns) {
  RunInfo run;
  run.config_json = R"({"tasks": [{"task": "longbench", "params": {"data": "data/longbench"}}]})";
  EXPECT_THAT(data_commands(run, "longbench").commands, ElementsAre("scripts/fetch_longbench"));
  EXPECT_TRUE(data_commands(run, "needle").commands.empty());

  Example example;
  ModelCells& model = example.experiments.front().models.front();
  std::vector<RunRecord>& runs = example.experiments.front().runs;
  model.cells.front().record.plan.task = "longbench";
  runs.front().info.config_json = R"({"tasks": [{"task": "longbench", "params": {
    "data": "data/minilongbench", "config": "data/longbench/config"}}]})";
  const Reproduction one = reproductions_of(model, runs).front();
  ASSERT_EQ(one.commands.size(), 9u);
  EXPECT_EQ(one.commands[3], "scripts/fetch_longbench");
  EXPECT_EQ(one.commands[4], "# DIR: the folder of MiniLongBench's .jsonl files");
  EXPECT_EQ(one.commands[5],
            "scripts/fetch_longbench --from DIR --into data/minilongbench --part "
            "experiments/longbench/minilongbench/expected_counts.json");
  EXPECT_EQ(one.commands[6], "scripts/build skipbench");
  EXPECT_THAT(one.data, HasSubstr("DIR is the folder of MiniLongBench's"));
}

TEST(Reproduction, NamesEveryFileThatNoCommandFetches) {
  RunInfo run;
  run.config_json = R"({"tasks": [
    {"task": "jsonl", "params": {"file": "mine.jsonl"}},
    {"task": "longbench", "params": {"data": "rows/a", "config": "data/longbench/config"}},
    {"task": "jsonl", "params": {"file": "yours.jsonl"}},
    {"task": "jsonl", "params": {"file": "mine.jsonl"}},
    {"task": "longbench", "params": {"data": "rows/b", "config": "data/longbench/config"}}]})";
  const DataCommands own = data_commands(run, "jsonl");
  EXPECT_TRUE(own.commands.empty());
  EXPECT_THAT(own.notes,
              ElementsAre("The task needs the file mine.jsonl, there or beside the experiment.",
                          "The task needs the file yours.jsonl, there or beside the experiment."));
  EXPECT_THAT(data_commands(run, "longbench").notes,
              ElementsAre("The rows that were measured lay in rows/a.",
                          "The rows that were measured lay in rows/b."));
}

/// The row of a table that begins with these cells.
const std::vector<std::string>& row_of(const Table& table, const std::string& section,
                                       const std::string& label) {
  for (const TableRow& row : table.rows) {
    if (row.section == section && row.cells.front() == label) return row.cells;
  }
  throw std::runtime_error("no row " + label);
}

TEST(PairTables, SayWhatCompareSaysOfTheSameTwo) {
  const Example example;
  const PairedLabels pairs = compare_pairs(*example.reader, example.model());
  EXPECT_TRUE(pairs.is_complete);
  ASSERT_EQ(pairs.comparisons.size(), 4u * 3 / 2) << "one of five labels has no figures";
  for (const Comparison& pair : pairs.comparisons) {
    const auto alone = compare_methods(*example.reader, *example.reader,
                                       {.first = pair.first, .second = pair.second});
    EXPECT_EQ(print_comparisons_json({pair}), print_comparisons_json(alone))
        << pair.first << " and " << pair.second;
  }
}

TEST(PairTables, HoldThePairsWithTheBaselineAloneWhereAllWouldBeTooMany) {
  const Example example;
  const int64_t samples = 2 * 4;  // of both tasks
  const auto compared = [&](int64_t most) {
    return compare_pairs(*example.reader, example.model(), most);
  };
  EXPECT_EQ(compared(10 * samples).comparisons.size(), 6u);
  const PairedLabels few = compared(10 * samples - 1);
  EXPECT_FALSE(few.is_complete);
  EXPECT_EQ(few.comparisons.size(), 3u);
  for (const Comparison& pair : few.comparisons) EXPECT_EQ(pair.first, "full");
  EXPECT_TRUE(compared(4 * samples - 1).comparisons.empty());
}

TEST(PairTables, ColumnsAndRowsAreThoseOfTheComparison) {
  const Example example;
  const Json json(pairs_json(compare_pairs(*example.reader, example.model())));
  EXPECT_EQ(json.at("caption"), Json::array({std::string(kIntervalAndP)}));
  EXPECT_EQ(json.at("differences").at(2).at("heading"), "first");
  EXPECT_EQ(json.at("differences").at(3).at("heading"), "second");
  const Json& pair = json.at("pairs").at(0);
  EXPECT_EQ(pair.at("first"), "full");
  EXPECT_EQ(pair.at("second"), "spts 50%");
  EXPECT_EQ(pair.at("differences").at(0).at(0), "exact match");
  EXPECT_EQ(pair.at("differences").at(0).size(), json.at("differences").size() + 1);
}

TEST(OverallTable, CountsTasksWhereALabelLacksOne) {
  PooledTasks pooled = pooled_example();
  const auto last = [](const Table& table) { return table.columns.back().heading; };
  const Table table = overall_table(pooled);
  EXPECT_EQ(last(table), "tasks");
  EXPECT_EQ(row_of(table, "", "half").back(), "2 of 3");
  EXPECT_EQ(row_of(table, "", "half").at(1), "90.0 (2/3 tasks)");
  EXPECT_EQ(row_of(table, "", "half").at(4), "9.00x (2/3 tasks)");
  pooled.kinds[0].accuracies[3].tasks = pooled.measured_tasks[3] = pooled.active_tasks[3] = 3;
  EXPECT_NE(last(overall_table(pooled)), "tasks");
  EXPECT_EQ(row_of(overall_table(pooled), "", "half").at(1), "90.0");
  pooled.kinds[0].accuracies[3].complete = false;
  EXPECT_EQ(row_of(overall_table(pooled), "", "half").at(1), "90.0 (incomplete)");
}

TEST(OverallTable, IsTheMeanOverTasksWithTheDifferenceThatCompareGives) {
  const Example example;
  const PairedLabels pairs = compare_pairs(*example.reader, example.model());
  const Table table = overall_table(*pool_tasks(example.model(), pairs));
  ASSERT_EQ(table.rows.size(), 4u);  // not what ran out of memory
  const auto of = [&table](const std::string& label, const char* group, const char* heading) {
    for (size_t i = 0; i < table.columns.size(); ++i) {
      const TableColumn& column = table.columns[i];
      if (column.group == group && column.heading == heading) return row_of(table, "", label).at(i);
    }
    return std::string("no such column");
  };
  EXPECT_EQ(of("full", "score", "mean"), "50.0");
  const ComparedFigure* figure = nullptr;
  for (const ComparedFigure& each : pairs.comparisons.front().over_tasks) {
    if (each.name == "loss") figure = &each;
  }
  ASSERT_NE(figure, nullptr);
  const char* loss = "loss of the right answer";
  const PairedDifference& difference = figure->difference;
  EXPECT_EQ(of("spts 50%", loss, "difference"),
            format_interval(FieldValue(*difference.mean), FieldValue(difference.interval->low),
                            FieldValue(difference.interval->high), Unit::kNatsDelta));
  EXPECT_EQ(of("spts 50%", "p before the correction", loss),
            format_value(FieldValue(difference.p.value), Unit::kProbability));
  EXPECT_EQ(of("spts 50%", "speed-up", "ideal"), "2.50x");
}

TEST(OverallTable, ColumnsStandInTheOrderOfAReadersQuestions) {
  const Example example;
  const PairedLabels pairs = compare_pairs(*example.reader, example.model());
  const Table table = overall_table(*pool_tasks(example.model(), pairs));
  std::vector<std::string> headings;
  for (const TableColumn& column : table.columns) headings.push_back(column.heading);
  headings.resize(7);
  EXPECT_THAT(headings, ElementsAre("method", "mean", "difference", "p (Holm over methods)",
                                    "measured", "ideal", "KV size"));
  EXPECT_EQ(row_of(table, "", "spts 50%").at(4), "2.00x [2.00, 2.00]");
  EXPECT_EQ(row_of(table, "", "spts 50%").at(6), "50%");
}

size_t place_of(const PooledTasks& pooled, const std::string& label) {
  const auto found = std::find(pooled.labels.begin(), pooled.labels.end(), label);
  return static_cast<size_t>(found - pooled.labels.begin());
}

// 40 points on a task where it skipped, 60 on one where it was full attention: 50, not 40.
TEST(PooledTasks, ATaskWithoutAnythingSkippedCountsAsFullAttention) {
  Example example;
  for (JudgedCell& cell : example.experiments.front().models.front().cells) {
    if (cell.record.plan.label != "spts 50%") continue;
    CellSummary& s = cell.record.summary;
    const bool active = cell.record.plan.task == "needle";
    s.metrics[0].score = active ? 40 : 60;
    s.ideal_speedup = active ? 4 : 1;
    s.speedup_ttft = active ? 2.25 : 1;
    if (!active) cell.state = CellState::kInactive;
  }
  const PairedLabels pairs = compare_pairs(*example.reader, example.model());
  const PooledTasks pooled = *pool_tasks(example.model(), pairs);
  const size_t at = place_of(pooled, "spts 50%");
  EXPECT_EQ(pooled.kinds[0].accuracies.at(at).tasks, 2u);
  EXPECT_EQ(pooled.kinds[0].accuracies.at(at).mean, 50);
  EXPECT_DOUBLE_EQ(*pooled.ideal.at(at), 2);  // the geometric mean
  EXPECT_DOUBLE_EQ(*pooled.measured.at(at).mean, 1.5);
  EXPECT_EQ(pooled.active_tasks.at(at), 1u);
  const Table table = overall_table(pooled);
  EXPECT_EQ(table.columns.back().heading, "active");
  EXPECT_EQ(row_of(table, "", "spts 50%").back(), "1 of 2");
  EXPECT_EQ(row_of(table, "", "full").back(), "2 of 2");
  EXPECT_THAT(speedup_words(pooled, at), testing::EndsWith("active on 1 of 2 tasks"));
}

// In the database it is as accurate as full attention, on rows that took half the time.
TEST(PooledTasks, AMethodThatWasNeverActiveHasNoSpeedUpAndLeadsNothing) {
  Example example;
  example.have_samples_enough();
  const PairedLabels pairs = compare_pairs(*example.reader, example.model());
  PooledTasks pooled = *pool_tasks(example.model(), pairs);
  const size_t at = place_of(pooled, "spts 100%");
  ASSERT_LT(at, pooled.labels.size());
  EXPECT_EQ(pooled.active_tasks.at(at), 0u);
  EXPECT_TRUE(pooled.kinds[0].accuracies.at(at).mean);
  EXPECT_FALSE(pooled.measured.at(at).mean);
  EXPECT_FALSE(pooled.ideal.at(at));
  EXPECT_FALSE(pooled.kv_ratio.at(at));
  for (const Finding& finding : pooled_findings(pooled)) {
    for (const Phrase& phrase : finding.text) {
      EXPECT_FALSE(phrase.emphasis == Emphasis::kAnswer && phrase.text == "spts 100%")
          << words_of(finding);
    }
  }
}

TEST(PooledTasks, AMeanOverFewerSamplesThanOthersHaveIsMarkedAndNotRanked) {
  const Example example;
  const PairedLabels pairs = compare_pairs(*example.reader, example.model());
  const PooledTasks pooled = *pool_tasks(example.model(), pairs);
  const size_t at = place_of(pooled, "spts 25%");
  EXPECT_FALSE(pooled.kinds[0].accuracies.at(at).complete);
  EXPECT_FALSE(pooled.competes(pooled.kinds[0], at));
  EXPECT_THAT(row_of(overall_table(pooled), "", "spts 25%").at(1), HasSubstr("(incomplete)"));
}

TEST(PooledTasks, NeedTwo) {
  Example example;
  ModelCells& model = example.experiments.front().models.front();
  std::erase_if(model.cells, [](const JudgedCell& c) { return c.record.plan.task == "needle"; });
  EXPECT_FALSE(pool_tasks(model, {}));
}

// Summaries and comparisons ask in their own ways about the same differences.
TEST(EvidenceTable, ADifferenceHasTheIntervalThatTheComparisonBesideItHas) {
  const ScratchFolder folder;
  {
    Store store(folder / "a.db");
    const int64_t run = store.begin_run(example_run());
    for (PlannedCell cell : {example_cell("full", 0), example_cell("spts", 1)}) {
      cell.expected_n = 6;
      store.plan_cells(std::vector{cell});
      for (int sample = 0; sample < 6; ++sample) {
        SampleRow row = example_row(cell, std::to_string(sample));
        *row.answer_nll += cell.is_baseline ? 0 : 0.1 * sample;
        store.write(run, std::vector{row});
      }
    }
    store.summarise("demo");
  }
  const StoreReader reader(folder / "a.db");
  const auto compared = compare_methods(reader, reader, {.first = "full", .second = "spts"});
  const CellSummary summary = reader.cells("demo").at(1).summary;
  int64_t losses = 0;
  for (const ComparedFigure& figure : compared.at(0).tasks.at(0).figures) {
    if (figure.name != "loss") continue;
    ++losses;
    ASSERT_TRUE(figure.difference.interval);
    EXPECT_EQ(summary.answer_nll_delta_low, figure.difference.interval->low);
    EXPECT_EQ(summary.answer_nll_delta_high, figure.difference.interval->high);
  }
  EXPECT_EQ(losses, 1);
}

TEST(EvidenceTable, SaysWhyAnIntervalAndAPNeedNotAgree) {
  const Example example;
  const std::vector<Table> tables = evidence_tables(example.model());
  ASSERT_EQ(tables.size(), 2u);
  for (const Table& table : tables) {
    EXPECT_THAT(table.caption, ElementsAre(std::string(kIntervalAndP)));
  }
}

// One pair of a page is corrected over its tasks, a task's methods over one another.
TEST(EvidenceTable, HeadsSayOverWhatPIsCorrected) {
  const Example example;
  const auto heads = [](const Table& table) {
    std::string text;
    for (const TableColumn& column : table.columns) text += column.heading + '|';
    return text;
  };
  for (const Table& table : evidence_tables(example.model())) {
    EXPECT_THAT(heads(table), HasSubstr("|p (Holm over methods)|"));
  }
  const PairedLabels pairs = compare_pairs(*example.reader, example.model());
  EXPECT_THAT(heads(comparison_tables(pairs.comparisons.front()).differences),
              HasSubstr("|p (Holm over tasks)|"));
  const auto many =
      compare_methods(*example.reader, *example.reader, {.first = "full", .second = "spts*"});
  const Table table = comparison_tables(many.front()).differences;
  EXPECT_THAT(heads(table), HasSubstr("|p (Holm over tasks and labels)|"));
  EXPECT_THAT(table.columns.at(7).hint, HasSubstr("in all 3 comparisons together"));
  const std::string page = page_of(example.folder / "a.db");
  EXPECT_THAT(page, HasSubstr("p is corrected over the tasks of this pair"));
  EXPECT_THAT(page, testing::Not(HasSubstr("for all tasks and labels of the figure")));
}

TEST(EvidenceTable, ACorrectedPIsNeverBelowTheRawOneBesideIt) {
  const Example example;
  for (const JudgedCell& cell : example.model().cells) {
    for (const Standing& standing : cell.metric_standings) {
      EXPECT_GE(standing.p.value_or(1), standing.p_alone.value_or(0));
    }
    if (!cell.loss_standing.p || cell.record.plan.is_baseline) continue;
    // "full" has the lowest loss: to the baseline and to the best are one difference.
    EXPECT_EQ(cell.loss_standing.p_alone, cell.record.summary.answer_nll_delta_p);
  }
}

// A database of an earlier program, whose two tests of one difference drew apart.
TEST(EvidenceTable, TheDifferenceToABestBaselineHasOnePValue) {
  Example example;
  ModelCells& model = example.experiments.front().models.front();
  for (JudgedCell& cell : model.cells) {
    if (!cell.record.plan.is_baseline) cell.record.summary.answer_nll_delta_p = 0.987;
  }
  rank_cells(*example.reader, model);
  int64_t ranked = 0;
  for (const JudgedCell& cell : model.cells) {
    if (!cell.loss_standing.p) continue;
    ++ranked;
    EXPECT_EQ(cell.record.summary.answer_nll_delta_p, cell.loss_standing.p_alone);
  }
  EXPECT_GT(ranked, 0);
}

TEST(EvidenceTable, SaysWhereSamplesAreTooFewToTell) {
  const Example example;
  const Table loss = evidence_tables(example.model()).at(1);
  const std::vector<std::string>& half = row_of(loss, "articles", "spts 50%");
  EXPECT_EQ(half.at(3), "too few samples to tell");
  EXPECT_EQ(half.at(6), "too few samples to tell");
  EXPECT_EQ(row_of(loss, "articles", "full").at(6), "too few samples to tell");
}

TEST(EvidenceTable, SaysWhatIsRealAloneAndNotAfterTheCorrection) {
  Example example;
  example.have_samples_enough();
  ModelCells& model = example.experiments.front().models.front();
  for (JudgedCell& cell : model.cells) {
    if (cell.record.plan.label == "spts 50%") {
      cell.loss_standing = {Place::kTied, 0.08, 0.04, false};
      cell.record.summary.answer_nll_delta_p = 0.04;
    } else if (cell.record.plan.label != "full") {
      cell.record.summary.answer_nll_delta_p = 0.9;
    }
  }
  const Table loss = evidence_tables(model).at(1);
  const std::vector<std::string>& half = row_of(loss, "articles", "spts 50%");
  EXPECT_EQ(half.at(3), "alone only ◌");
  EXPECT_EQ(half.at(6), "worse, alone only ◌");
  EXPECT_EQ(row_of(loss, "articles", "spts 25%").at(3), "not shown");
  EXPECT_THAT(
      words_of(findings_of(model).at(3)),
      HasSubstr("Worse taken alone (◌), not after the correction for the number of methods: "
                "spts 50%."));
}

TEST(Findings, TellThatBudgetsAreUnequal) {
  Example example;
  ModelCells& model = example.experiments.front().models.front();
  for (const Finding& finding : findings_of(model))
    EXPECT_NE(finding.about, "Budgets of the methods");
  for (JudgedCell& cell : model.cells) {
    if (cell.record.plan.label == "spts 25%") cell.record.summary.ideal_speedup = 4;
  }
  const Finding budgets = findings_of(model).back();
  EXPECT_EQ(budgets.about, "Budgets of the methods");
  EXPECT_THAT(words_of(budgets), HasSubstr("from 2.50x (spts 50%) to 4.00x (spts 25%)"));
}

TEST(Findings, NameTheFewThatDepartFromThePromiseOfTheOthers) {
  Example example;
  ModelCells& model = example.experiments.front().models.front();
  std::vector<JudgedCell> more;
  for (const char* label : {"a, b", "c", "d"}) {
    for (const JudgedCell& cell : model.cells) {
      if (cell.record.plan.label != "spts 50%") continue;
      more.push_back(cell);
      more.back().record.plan.label = label;
      const bool departs = label == std::string("a, b") && cell.record.plan.task == "needle";
      if (departs) more.back().record.summary.ideal_speedup = 3;
    }
  }
  model.cells.insert(model.cells.end(), more.begin(), more.end());
  EXPECT_EQ(words_of(findings_of(model).back()),
            "All but “a, b” stand at an ideal speed-up of about 2.50x on every task (within 5%); "
            "“a, b” departs farthest on needle 1024, to 3.00x. Read accuracy beside its cost.");
}

TEST(Findings, LabelsThatHoldWhatSentencesHoldAreQuoted) {
  const auto text = [](const std::vector<std::string>& labels) {
    std::string words;
    for (const Phrase& phrase : listed(labels)) words += phrase.text;
    return words;
  };
  EXPECT_EQ(text({"SPTS late", "SPTS late, random FFN", "GemFilter"}),
            "SPTS late, “SPTS late, random FFN” and GemFilter");
  EXPECT_EQ(named("this and that").text, "“this and that”");
}

TEST(Findings, OfALongListTheOthersNamesAreFolded) {
  const Sentences words = listed({"a", "b", "c", "d", "e, late", "f"});
  EXPECT_EQ(words_of({.about = "", .text = words}), "a, b, c, d and 2 more");
  EXPECT_EQ(words.back().folded, "(“e, late”, f)");
}

TEST(Findings, WhatIsShownAlikeHasNoWinner) {
  Example example;
  example.have_samples_enough();
  ModelCells& model = example.experiments.front().models.front();
  for (JudgedCell& cell : model.cells) {
    if (cell.record.plan.label == "spts 25%") {
      cell.metric_standings[0] = {Place::kTied, 0.5, 0.5, false};
      cell.record.summary.metrics[0].score = 50.04;
    }
  }
  EXPECT_THAT(words_of(findings_of(model).at(2)),
              AllOf(HasSubstr("full, spts 50% and spts 25% share the best figure (50.0 points)."),
                    HasSubstr("Of these spts 50% and spts 25% compute least: ideal speed-up "
                              "2.50x.")));
  EXPECT_THAT(words_of(findings_of(model).back()),
              HasSubstr("spts 50% and spts 25% are fastest: a speed-up to the first token of 2.00x "
                        "each"));
}

TEST(ReportPage, ManyTasksFoldWhatIsSaidOfEach) {
  const ScratchFolder folder;
  write_example_database(folder / "a.db");
  const Json few = data_of(page_of(folder / "a.db")).at("sections").at(0);
  EXPECT_EQ(few.at("folds_tasks"), false);
  EXPECT_EQ(few.at("task_findings").at(0).at(0), "needle 1024, exact match");
  for (const Json& finding : few.at("findings")) {
    EXPECT_THAT(finding.at(0).get<std::string>(), testing::Not(HasSubstr("exact match")));
  }
  {
    Store store(folder / "a.db");
    const int64_t run = store.begin_run(example_run());
    for (const char* subset : {"a", "b", "c", "d"}) {
      const PlannedCell cell = example_cell("full", 0, "needle", subset);
      store.plan_cells(std::vector{cell});
      store.write(run, std::vector{example_row(cell, "0")});
    }
  }
  const Json many = data_of(page_of(folder / "a.db")).at("sections").at(0);
  EXPECT_EQ(many.at("folds_tasks"), true);
  EXPECT_EQ(many.at("tasks"), 6);
}

TEST(Findings, TellThatTimesHardlyGrowWithThePrompt) {
  const auto about_times = [](double longer_ms, double longer_tokens) {
    Example example;
    ModelCells& model = example.experiments.front().models.front();
    for (JudgedCell& cell : model.cells) {
      CellSummary& s = cell.record.summary;
      if (!cell.record.plan.is_baseline) continue;
      const bool longer = cell.record.plan.task == "articles";
      s.prompt_tokens_mean = longer ? longer_tokens : 1000;
      s.ttft_ms_median = longer ? longer_ms : 4.4;
    }
    std::string words;
    for (const Finding& finding : findings_of(model)) {
      if (finding.about == "What the times can tell") words += words_of(finding);
    }
    return words;
  };
  EXPECT_THAT(
      about_times(4.6, 2000),
      HasSubstr("full hardly grows with the prompt: 4.40 ms at 1,000 prompt tokens, 4.60 ms "
                "at 2,000 prompt tokens. Most of it is a fixed cost"));
  EXPECT_EQ(about_times(6, 2000), "") << "it grows";
  EXPECT_EQ(about_times(20, 16000), "") << "at the longest prompt most of it has grown";
  EXPECT_EQ(about_times(22, 16000), "");
  EXPECT_THAT(about_times(3.5, 2000),
              HasSubstr("full falls with the prompt: 4.40 ms at 1,000 prompt tokens, 3.50 ms at "
                        "2,000 prompt tokens. The machine drifted, or most of it is a fixed cost"));
  EXPECT_EQ(about_times(4.5, 1100), "") << "prompts are too alike to tell";
}

TEST(MeasuredFacts, NameModelDataProgramAndDay) {
  Example example;
  std::vector<RunRecord>& runs = example.experiments.front().runs;
  runs.front().started_at = "2026-11-25T23:50:00Z";
  runs.front().ended_at = "2026-11-26T00:10:00Z";
  runs.front().info.config_json = R"({
    "models": [{"name": "smollm2-135m", "checkpoint": "m.gguf", "dtype": "bf16", "hash": "abc"}],
    "tasks": [{"task": "jsonl", "params": {"file": "mine.jsonl", "samples": 4, "chat": true}}]})";
  using Fact = std::pair<std::string, std::string>;
  EXPECT_THAT(measured_facts(example.model(), runs),
              ElementsAre(Fact("Model", "smollm2-135m from m.gguf (bf16, hash abc)"),
                          Fact("Data", "jsonl (file mine.jsonl, samples 4)"),
                          Fact("Program", "SkipBench, commit 012345678"),
                          Fact("Measured on", "2026-11-25 to 2026-11-26")));
}

TEST(MethodLines, LinkPapersOfTheMethodsThatAreUsed) {
  Example example;
  ModelCells& model = example.experiments.front().models.front();
  model.cells.back().record.plan.method = "spts+other";
  const std::vector<MethodIntro> intros{{"full", "everything", "control"},
                                        {"spts", "skips tokens", "2601.13155"},
                                        {"other", "drops cache", "OpenReview fL8"},
                                        {"unused", "is not there", "2404.14469"}};
  const Json lines(method_lines(model, intros));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines.at(0).at("papers").at(0), Json({"control", ""}));
  EXPECT_EQ(lines.at(1).at("summary"), "skips tokens");
  EXPECT_EQ(lines.at(1).at("papers").at(0),
            Json({"arXiv 2601.13155", "https://arxiv.org/abs/2601.13155"}));
  EXPECT_EQ(lines.at(2).at("papers").at(0).at(1), "https://openreview.net/forum?id=fL8");
}

TEST(SampleRows, WhereTheyAreTooManyEveryCellKeepsItsFirst) {
  const Example example;
  const Json all(sample_rows(*example.reader, example.model(), {}));
  EXPECT_EQ(all.at("total"), 2 * (4 + 4 + 3 + 4 + 4));
  EXPECT_EQ(all.at("rows").size(), all.at("total").get<size_t>());
  const Json cut(sample_rows(*example.reader, example.model(), {.rows = 20, .reply_bytes = 4}));
  EXPECT_EQ(cut.at("total"), all.at("total"));
  EXPECT_EQ(cut.at("rows").size(), 20u);  // two of each of ten cells
  EXPECT_EQ(cut.at("rows").at(0).at(9), "the  …");
}

TEST(SampleRows, AShortenedReplyIsStillText) {
  const ScratchFolder folder;
  {
    Store store(folder / "a.db");
    const PlannedCell cell = example_cell("full", 0);
    SampleRow row = example_row(cell, "0");
    row.prediction = "äöü";  // two bytes each
    const int64_t run = store.begin_run(example_run());
    store.plan_cells(std::vector{cell});
    store.write(run, std::vector{row});
  }
  const StoreReader reader(folder / "a.db");
  const auto experiments = load_experiments(reader, "", false);
  const Json rows(
      sample_rows(reader, experiments.front().models.front(), {.rows = 9, .reply_bytes = 3}));
  EXPECT_EQ(rows.at("rows").at(0).at(9), "ä …");
}

}  // namespace
}  // namespace skipbench
