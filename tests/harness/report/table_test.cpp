#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "harness/report/paper/published.h"
#include "harness/report/paper/table_spec.h"
#include "harness/report/report.h"
#include "harness/store/database.h"
#include "kernels/base/error.h"
#include "kernels/base/json.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/stored_rows.h"

namespace skipbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPublished = R"(
source: A paper
setup: eight samples on a slide rule
figures:
  - {model: SmolLM2, row: full, column: QA, value: 60.5}
  - {model: SmolLM2, row: ours, column: QA, value: 40, setup: on an abacus}
)";

constexpr const char* kTable = R"(
table: demo
title: A & B
models: [{model: "smollm2*", name: SmolLM2}]
rows:
  - full
  - {label: "spts*", name: ours}
  - absent
columns:
  - {figure: average, name: QA, error: true}
  - {figure: speedup_ttft, name: speed-up, tasks: "1024"}
  - {figure: answer_nll_mean, name: loss}
  - {figure: speedup_ttft, name: speed-up over all}
highlight: true
published: paper.yaml
)";

/// A database of two tasks, eight samples each, and the files beside it.
class TableTest : public ::testing::Test {
 protected:
  TableTest() {
    write_text("paper.yaml", kPublished);
    write_text("table.yaml", kTable);
    Store store(database_);
    const int64_t run = store.begin_run(example_run());
    for (const char* subset : {"1024", "4096"}) {
      for (PlannedCell cell : {example_cell("full", 0, "needle", subset),
                               example_cell("spts 50%", 1, "needle", subset)}) {
        cell.expected_n = 8;
        store.plan_cells(std::vector{cell});
        for (int i = 0; i < 8; ++i) {
          SampleRow row = example_row(cell, std::to_string(i));
          const bool right = cell.is_baseline || (cell.subset == "4096" && i > 0);
          row.scores = {{"exact_match", right ? 100 : 0}, {"contains_answer", 100}};
          store.write(run, std::vector{row});
        }
      }
    }
    store.summarise("demo");
    store.end_run(run, "done");
  }

  void write_text(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  std::string report(const std::string& format, bool provenance = false) {
    ReportOptions options;
    options.format = format;
    options.table = folder_ / "table.yaml";
    options.provenance = provenance;
    options.width = 0;
    return render_report(database_, options);
  }
  std::string error_of_table(const std::string& text) {
    write_text("table.yaml", text);
    try {
      report("text");
    } catch (const InputError& error) {
      return error.what();
    }
    return "no InputError";
  }
  Json cell(const Json& table, size_t row, size_t column) {
    return table["rows"][row]["cells"][column];
  }

  ScratchFolder folder_;
  const std::filesystem::path database_ = folder_ / "demo.db";
};

TEST_F(TableTest, PublishedMeasuredAndDifferenceStandSideBySide) {
  const Json table = Json::parse(report("json"));
  const Json full = cell(table, 0, 0), ours = cell(table, 1, 0);
  EXPECT_DOUBLE_EQ(full["published"], 60.5);
  EXPECT_DOUBLE_EQ(full["measured"], 100);
  EXPECT_DOUBLE_EQ(full["difference"], 39.5);
  EXPECT_DOUBLE_EQ(ours["measured"], (0 + 87.5) / 2) << "tasks weigh the same";
  EXPECT_EQ(ours["published_setup"], "on an abacus");
  EXPECT_EQ(table["published"]["source"], "A paper");
  // A single task has an interval, a mean over tasks of scores a standard error: 0 and 12.5.
  EXPECT_DOUBLE_EQ(ours["standard_error"], 12.5 / 2);
  EXPECT_DOUBLE_EQ(cell(table, 1, 1)["measured"], 2);
  EXPECT_FALSE(cell(table, 1, 1)["interval"].is_null());
}

TEST_F(TableTest, AGainIsThePairedDifferenceOfTheColumnsTasks) {
  write_text("table.yaml", R"(
table: gains
rows: [full, "spts*"]
columns:
  - {figure: score_gain, name: one, tasks: "4096", error: true}
  - {figure: score_gain, name: both}
)");
  const Json table = Json::parse(report("json"));
  EXPECT_DOUBLE_EQ(cell(table, 1, 0)["measured"], -12.5);
  EXPECT_DOUBLE_EQ(cell(table, 1, 1)["measured"], (-100 - 12.5) / 2) << "tasks weigh the same";
  EXPECT_TRUE(cell(table, 0, 0)["measured"].is_null()) << "the baseline against itself";
  // Seven samples of no difference and one of -100: mean -12.5, Student's t of 7 degrees.
  EXPECT_THAT(report("text"), HasSubstr("-12.5 [-42.1, +17.1]"));
}

TEST_F(TableTest, WhatTheDatabaseDoesNotHoldIsMissing) {
  const Json table = Json::parse(report("json"));
  EXPECT_EQ(table["rows"][2]["row"], "absent");
  EXPECT_EQ(cell(table, 2, 0)["state"], "missing");
  EXPECT_TRUE(cell(table, 2, 0)["measured"].is_null());
  EXPECT_THAT(report("text"), HasSubstr("missing"));
  EXPECT_THAT(report("csv"), HasSubstr("demo,SmolLM2,absent,QA,score,,,,,,,0,0,0,missing,,,,0\n"));
}

TEST_F(TableTest, WhereNoRowIsInTheDatabaseTheErrorSaysWhatIsThere) {
  write_text("table.yaml", "table: demo\nrows: [absent, \"sqts*\"]\ncolumns: [speedup_ttft]\n");
  try {
    report("text");
    FAIL() << "a table of nothing but missing";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("none of its rows (absent, sqts*)"),
                                    HasSubstr("smollm2-135m"), HasSubstr("full, spts 50%")));
  }
}

TEST_F(TableTest, TheBestIsMarkedByATestOverAllTasks) {
  const Json table = Json::parse(report("json"));
  EXPECT_EQ(cell(table, 0, 0)["rank"], "best");
  // Nine of sixteen samples differ, all one way: 2 / 512.
  EXPECT_DOUBLE_EQ(cell(table, 1, 0)["best_p"], 2.0 / 512);
  EXPECT_EQ(cell(table, 1, 0)["rank"], "");
  EXPECT_THAT(report("md"), HasSubstr("100.0 ●"));
}

// "spts 50%" has all wrong where it skips, and what full attention has where it does not.
TEST_F(TableTest, ATaskWithoutAnythingSkippedCountsInAMeanAndIsSaid) {
  Database(database_, Database::Mode::kReadWrite)
      .execute(
          "UPDATE sample_row SET active = 0 WHERE version_id IN (SELECT version_id FROM cell_plan "
          "WHERE label = 'spts 50%' AND subset = '4096'); DELETE FROM cell_summary");
  const Json ours = cell(Json::parse(report("json")), 1, 0);
  EXPECT_DOUBLE_EQ(ours["measured"], (0 + 87.5) / 2);
  EXPECT_EQ(ours["from"].size(), 2u);
  EXPECT_EQ(ours["active_tasks"], 1);
  EXPECT_EQ(ours["state"], "ok");
  for (const size_t column : {2, 3}) {  // losses and speed-ups as scores
    const Json over_all = cell(Json::parse(report("json")), 1, column);
    EXPECT_EQ(over_all["from"].size(), 2u) << column;
    EXPECT_EQ(over_all["state"], "ok") << column;
  }
  EXPECT_THAT(report("text"), HasSubstr("(1 of 2 active)"));
}

TEST_F(TableTest, AMethodThatWasNeverActiveHasNoFigureAndNoPlace) {
  Database(database_, Database::Mode::kReadWrite)
      .execute(
          "UPDATE sample_row SET active = 0 WHERE version_id IN (SELECT version_id FROM cell_plan "
          "WHERE label = 'spts 50%'); DELETE FROM cell_summary");
  const Json table = Json::parse(report("json"));
  for (const size_t column : {0, 1}) {
    EXPECT_EQ(cell(table, 1, column)["state"], "inactive");
    EXPECT_TRUE(cell(table, 1, column)["measured"].is_null());
    EXPECT_EQ(cell(table, 1, column)["rank"], "");
  }
}

TEST_F(TableTest, AMeanOverFewerSamplesIsNotRanked) {
  Database(database_, Database::Mode::kReadWrite)
      .execute(
          "UPDATE sample_row SET status = 'oom' WHERE sample_id = '0' AND version_id IN (SELECT "
          "version_id FROM cell_plan WHERE label = 'full'); DELETE FROM cell_summary");
  const Json table = Json::parse(report("json"));
  EXPECT_EQ(cell(table, 0, 0)["state"], "incomplete");
  EXPECT_EQ(cell(table, 0, 0)["rank"], "");
}

TEST_F(TableTest, ProvenanceLeadsFromEveryCellToItsRowsAndRuns) {
  const Json table = Json::parse(report("json", true));
  const Json from = cell(table, 1, 0)["from"];
  ASSERT_EQ(from.size(), 2u);
  EXPECT_EQ(from[0]["label"], "spts 50%");
  EXPECT_EQ(from[0]["n"], 8);
  EXPECT_EQ(from[0]["rows_by_run"], Json::parse(R"([{"run_id": 1, "rows": 8}])"));
  EXPECT_EQ(table["runs"][0]["run_id"], 1);
  EXPECT_EQ(table["runs"][0]["command"], "skipbench run demo.yaml");
  EXPECT_THAT(report("text", true), HasSubstr("commit     0123456789abcdef"));
}

/// Without LaTeX at hand: environments are closed, rows have as many cells as columns, and nothing
/// special is left bare.
TEST_F(TableTest, LatexIsWellFormed) {
  const std::string text = report("latex");
  EXPECT_THAT(text, AllOf(HasSubstr("\\toprule"), HasSubstr("\\bottomrule"),
                          HasSubstr("\\caption{A \\& B"), HasSubstr("\\textbf{100.0}"),
                          HasSubstr("\\begin{tabular}{lrrrrrr}"), HasSubstr("\\end{tabular}")));
  std::istringstream lines(text);
  size_t rows = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.ends_with(" \\\\") || line.find("\\multicolumn") != std::string::npos) continue;
    size_t cells = 1;
    for (size_t at = line.find(" & "); at != std::string::npos; at = line.find(" & ", at + 1)) {
      ++cells;
    }
    EXPECT_EQ(cells, 7u) << line;
    ++rows;
  }
  EXPECT_EQ(rows, 1u + 3u);
  EXPECT_THAT(text, AllOf(Not(HasSubstr("±")), Not(HasSubstr("●")), Not(HasSubstr("–"))));
}

TEST_F(TableTest, ProblemsOfTheFileAreToldTogetherWithTheirPlaces) {
  EXPECT_THAT(error_of_table("table: x\nrows: [full]\ncolums: [score]\n"),
              AllOf(HasSubstr("table.yaml:3:1: unknown key 'colums'"),
                    HasSubstr("did you mean 'columns'?"), HasSubstr("needs the key 'columns'")));
  EXPECT_THAT(error_of_table("table: x\nrows: [full]\ncolumns: [sped_up_ttft, speedup_ttf]\n"),
              AllOf(HasSubstr("table.yaml:3:11: unknown figure 'sped_up_ttft'"),
                    HasSubstr("did you mean 'speedup_ttft'?")));
  EXPECT_THAT(
      error_of_table("table: x\nrows: [full]\ncolumns: [score, {figure: loss, name: score}]\n"),
      HasSubstr("table.yaml:3:18: two columns are named 'score'; leave one out, or give it "
                "a 'name' of its own"));
}

TEST_F(TableTest, APublishedFigureIsGivenOnce) {
  write_text("paper.yaml",
             std::string(kPublished) + "  - {model: SmolLM2, row: full, column: QA, value: 61}\n");
  EXPECT_THAT(error_of_table(kTable), HasSubstr("a second value for SmolLM2, full, QA"));
}

TEST(ShippedTables, AllLoadAndThoseOfPapersNameColumnsThatThesReport) {
  int64_t of_papers = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(SKIPBENCH_SOURCE_DIR "/experiments/tables")) {
    const TableSpec spec = load_table_spec(entry.path());
    EXPECT_EQ(entry.path().stem(), spec.name);
    if (spec.published.empty()) continue;
    ++of_papers;
    const PublishedFigures published = load_published(spec.published);
    size_t found = 0;
    for (const TableModelSpec& model : spec.models) {
      for (const TableRowSpec& row : spec.rows) {
        for (const TableColumnSpec& column : spec.columns) {
          const std::string name = !row.published.empty() ? row.published
                                   : !row.name.empty()    ? row.name
                                                          : row.match;
          found += published.find(model.name, name, column.published) != nullptr;
        }
      }
    }
    EXPECT_GE(found, 1u) << entry.path();
  }
  EXPECT_GE(of_papers, 8);
}

}  // namespace
}  // namespace skipbench
