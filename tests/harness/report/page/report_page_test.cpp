#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/report/compare/pair_tables.h"
#include "harness/report/compare/pooled_tasks.h"
#include "harness/report/judge/rank_cells.h"
#include "harness/report/page/answers.h"
#include "harness/report/page/evidence_table.h"
#include "harness/report/page/measured_facts.h"
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

/// The same, ranked: `full` is the best.
PooledTasks ranked_example() {
  PooledTasks pooled = pooled_example();
  for (PooledAccuracy& accuracy : pooled.kinds[0].accuracies) {
    if (!accuracy.difference) continue;
    const PooledDifference& d = *accuracy.difference;
    accuracy.to_best = d;
    accuracy.standing = {d.corrected < kSignificance ? Place::kNone : Place::kTied, d.corrected,
                         d.p};
  }
  pooled.kinds[0].accuracies[0].standing.place = Place::kBest;
  return pooled;
}

TEST(Answers, NameTheBestWhatIsWorseAndTheFastestOfThoseAsGood) {
  const std::vector<Answers> answers = answers_of(ranked_example());
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].best, 0u);
  EXPECT_THAT(answers[0].equal, ElementsAre(0, 1));
  EXPECT_THAT(answers[0].worse, ElementsAre(2));
  EXPECT_EQ(answers[0].fastest, 1u);
  ASSERT_EQ(answers[0].sentences.size(), 3u);
  EXPECT_THAT(answers[0].sentences[0], AllOf(HasSubstr("50.0"), HasSubstr("even")));
  EXPECT_THAT(answers[0].sentences[1], HasSubstr("-10.0 [-14.0, -6.0], p .002"));
  EXPECT_THAT(answers[0].sentences[2], AllOf(HasSubstr("1.50x"), HasSubstr("2.00x"),
                                             HasSubstr("-1.0 [-3.0, +1.0], p .300")));
}

TEST(Answers, OfManyThatAreWorseTheLeastAndTheMostStandWithTheirFigures) {
  PooledTasks pooled = ranked_example();
  pooled.kinds[0].accuracies[1].standing = {Place::kNone, 0.04, 0.04};
  const Answers answers = answers_of(pooled).at(0);
  EXPECT_THAT(answers.worse, ElementsAre(1, 2));
  EXPECT_THAT(answers.sentences[1], AllOf(HasSubstr("even (-1.0 ["), HasSubstr("worse (-10.0 [")));
  EXPECT_FALSE(answers.fastest) << "full is best alone";
}

TEST(Answers, WhatIsWorseIfTestedAloneIsNeitherEqualNorWorse) {
  PooledTasks pooled = ranked_example();
  pooled.kinds[0].accuracies[1].standing = {Place::kTied, 0.06, 0.03};
  const Answers answers = answers_of(pooled).at(0);
  EXPECT_THAT(answers.equal, ElementsAre(0));
  EXPECT_THAT(answers.worse, ElementsAre(2));
}

TEST(Answers, TheFastestIsMeasurablyFasterAndWithinWhatItsWorkAllows) {
  PooledTasks pooled = ranked_example();
  pooled.measured[1].interval = Interval{0.9, 2.1};
  EXPECT_FALSE(answers_of(pooled).at(0).fastest);
  pooled.measured[1].interval = Interval{1.4, 1.6};
  EXPECT_EQ(answers_of(pooled).at(0).fastest, 1u);
  pooled.marks[1] = " †";
  EXPECT_FALSE(answers_of(pooled).at(0).fastest);
}

TEST(Answers, WithoutTimesTheCheapestIsByIdealSpeedUp) {
  PooledTasks pooled = ranked_example();
  for (MeanRatio& measured : pooled.measured) measured = {};
  const Answers answers = answers_of(pooled).at(0);
  EXPECT_EQ(answers.fastest, 1u);
  EXPECT_THAT(answers.sentences[2], AllOf(HasSubstr("cheapest"), HasSubstr("2.00x")));
}

TEST(Answers, OfTooFewSamplesOrNoScoreThereIsOneSentence) {
  PooledTasks few = ranked_example();
  for (PooledAccuracy& accuracy : few.kinds[0].accuracies) accuracy.standing.too_few = true;
  EXPECT_EQ(answers_of(few).at(0).sentences.size(), 1u);
  EXPECT_THAT(answers_of(few).at(0).worse, ElementsAre());
  PooledTasks none = ranked_example();
  for (PooledAccuracy& accuracy : none.kinds[0].accuracies) accuracy.mean = 0;
  EXPECT_EQ(answers_of(none).at(0).sentences.size(), 1u);
}

TEST(ReportPage, AnswersOfScoreAndOfLoss) {
  const ScratchFolder folder;
  write_example_database(folder / "a.db");
  const Json answers = data_of(page_of(folder / "a.db")).at("sections").at(0).at("answers");
  ASSERT_EQ(answers.size(), 2u);
  for (const Json& one : answers) {
    EXPECT_EQ(one.at("best"), "full");
    EXPECT_EQ(one.at("equal").at(0), "full");
    EXPECT_EQ(one.at("sentences").size(), 3u);
  }
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

TEST(Reproduction, LeavesOutWhatSharesOrSelectsAndKeepsWordsAsTheyStand) {
  EXPECT_EQ(command_for_cell("skipbench run a.yaml --shard 1/2 '--db=a b.db' --set 'a.b=it'\\''s'",
                             "x", "t"),
            "build/release/skipbench run a.yaml --set 'a.b=it'\\''s' --only x --task t --db "
            "results/again.db");
  EXPECT_EQ(command_for_cell("skipbench tune m.gguf --method spts --db a.db", "x", ""),
            "build/release/skipbench tune m.gguf --method spts --db results/again.db");
}

TEST(Reproduction, IsTheRunsCommandAtItsCommit) {
  const Example example;
  const auto all = reproductions_of(example.model(), example.experiments.front().runs);
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[1].label, "spts 50%");
  EXPECT_EQ(all[1].task, "needle 1024");
  EXPECT_THAT(all[1].commands,
              ElementsAre("git checkout 0123456789abcdef0123456789abcdef01234567",
                          "scripts/build skipbench",
                          "build/release/skipbench run demo.yaml --only 'spts 50%' --db "
                          "results/again.db",
                          "build/release/skipbench report results/again.db"));
  for (const Reproduction& one : all) EXPECT_NE(one.label, "spts huge") << "it has no figures";
}

TEST(Reproduction, MeasuresTheTaskAloneWhereTheRunsProgramCan) {
  Example example;
  std::vector<RunRecord>& runs = example.experiments.front().runs;
  const Reproduction whole = reproductions_of(example.model(), runs).front();
  EXPECT_THAT(whole.commands.at(2), testing::Not(HasSubstr("--task")));
  runs.front().info.config_json = R"({"task_filter": []})";
  const Reproduction alone = reproductions_of(example.model(), runs).front();
  EXPECT_THAT(alone.commands.at(2), HasSubstr("--only full --task 'needle 1024' --db"));
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
  rank_pooled(*example.reader, example.model(), pairs, pooled);
  EXPECT_FALSE(pooled.kinds[0].accuracies.at(at).standing.is_ranked());
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

// The mean over one task is that task's.
TEST(PooledTasks, OfOneTaskAreRankedAsItsCellsAre) {
  Example example;
  ModelCells& model = example.experiments.front().models.front();
  std::erase_if(model.cells, [](const JudgedCell& c) { return c.record.plan.task == "needle"; });
  for (JudgedCell& cell : model.cells) {
    if (cell.state == CellState::kIncomplete) cell.state = CellState::kActive;
  }
  rank_cells(*example.reader, model);
  const PairedLabels pairs = compare_pairs(*example.reader, model);
  PooledTasks pooled = *pool_tasks(model, pairs);
  rank_pooled(*example.reader, model, pairs, pooled);
  ASSERT_EQ(pooled.kinds.size(), 2u);
  for (const JudgedCell& cell : model.cells) {
    const size_t at = place_of(pooled, cell.record.plan.label);
    if (at == pooled.labels.size()) continue;
    for (const auto& [standing, kind] : {std::pair(cell.metric_standings[0], pooled.kinds[0]),
                                         {cell.loss_standing, pooled.kinds[1]}}) {
      const Standing& ranked = kind.accuracies.at(at).standing;
      EXPECT_EQ(ranked.place, standing.place) << cell.record.plan.label << ", " << kind.name;
      EXPECT_EQ(ranked.p, standing.p);
      EXPECT_EQ(ranked.too_few, standing.too_few);
    }
  }
}

// Where there are too many samples for all pairs, those with the best are compared nevertheless.
TEST(PooledTasks, AreRankedBesideTheBestEvenWhereItsPairsAreNotShown) {
  Example example;
  const PairedLabels all = compare_pairs(*example.reader, example.model());
  PooledTasks pooled = *pool_tasks(example.model(), all);
  const size_t full = place_of(pooled, "full"), half = place_of(pooled, "spts 50%");
  pooled.kinds[0].accuracies[half].mean = 60;  // the best
  PooledTasks again = pooled;
  rank_pooled(*example.reader, example.model(), all, pooled);
  PairedLabels few = all;
  std::erase_if(few.comparisons, [](const Comparison& pair) { return pair.second == "spts 50%"; });
  rank_pooled(*example.reader, example.model(), few, again);
  EXPECT_EQ(again.kinds[0].accuracies[half].standing.place, Place::kBest);
  ASSERT_TRUE(pooled.kinds[0].accuracies[full].to_best);
  EXPECT_EQ(again.kinds[0].accuracies[full].to_best->p,
            pooled.kinds[0].accuracies[full].to_best->p);
  rank_pooled(*example.reader, example.model(), {}, again = *pool_tasks(example.model(), all));
  EXPECT_FALSE(again.kinds[0].accuracies[full].standing.is_ranked()) << "too many samples for any";
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
