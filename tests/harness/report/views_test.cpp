// Notebooks read the views; reports read the database through StoreReader. Both show the same
// figures of the same cells, and none where there is none to show.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "harness/report/report.h"
#include "harness/store/database.h"
#include "kernels/base/json.h"
#include "tests/harness/report/support/example_database.h"

namespace skipbench {
namespace {

/// The figures of the report's csv and json that cell_details holds too; the others of its columns
/// are ids and counts of its own.
std::vector<std::string> shared_columns(Database& database, const Json& cell) {
  std::vector<std::string> names;
  Statement query(database, "SELECT name FROM pragma_table_info('cell_details')");
  while (query.step()) {
    const std::string name = query.text(0);
    const bool of_metric = !cell.at("metrics").empty() && cell.at("metrics")[0].contains(name);
    if (name != "params" && (cell.contains(name) || of_metric)) names.push_back(name);
  }
  return names;
}

Json figure(const Json& cell, const Json& metric, const std::string& name) {
  return cell.contains(name) ? cell.at(name) : metric.at(name);
}

/// Compares the cell's rows of the view, one a metric, with the report's.
void compare(Database& database, const Json& cell, int64_t& shown, int64_t& hidden) {
  const std::vector<std::string> names = shared_columns(database, cell);
  Statement query(database, fmt::format("SELECT {} FROM cell_details WHERE experiment = ? AND "
                                        "model = ? AND label = ? AND task = ? AND subset = ? AND "
                                        "metric IS nullif(?, '')",
                                        fmt::join(names, ", ")));
  Json metrics = cell.at("metrics");
  if (metrics.empty()) metrics.push_back({{"metric", ""}});
  for (const Json& metric : metrics) {
    const auto text = [](const Json& of, const char* key) { return of.at(key).get<std::string>(); };
    query.bind(text(cell, "experiment"), text(cell, "model"), text(cell, "label"),
               text(cell, "task"), text(cell, "subset"), text(metric, "metric"));
    ASSERT_TRUE(query.step());
    for (size_t i = 0; i < names.size(); ++i) {
      const Json value = figure(cell, metric, names[i]);
      const auto column = static_cast<int>(i);
      const std::string what = fmt::format("{} of {} on {} {}", names[i], text(cell, "label"),
                                           text(cell, "task"), text(cell, "subset"));
      ++(value.is_null() ? hidden : shown);
      EXPECT_EQ(query.is_null(column), value.is_null()) << what;
      if (value.is_null() || query.is_null(column)) continue;
      if (value.is_string()) {
        EXPECT_EQ(query.text(column), value.get<std::string>()) << what;
      } else {
        const double number = value.is_boolean() ? value.get<bool>() : value.get<double>();
        EXPECT_DOUBLE_EQ(query.real(column), number) << what;
      }
    }
    query.reset();
  }
}

/// Compares all cells that the report shows; at least some figures must be shown and some hidden.
void compare_all(const std::filesystem::path& file) {
  ReportOptions options;
  options.format = "json";
  const Json report = Json::parse(render_report(file, options));
  Database database(file, Database::Mode::kReadOnly);
  int64_t shown = 0, hidden = 0;
  for (const Json& experiment : report.at("experiments")) {
    for (const Json& model : experiment.at("models")) {
      for (const Json& cell : model.at("cells")) {
        if (cell.at("state") == "not run") continue;  // nobody summarised it
        compare(database, cell, shown, hidden);
      }
    }
  }
  EXPECT_GT(shown, 100) << file;
  EXPECT_GT(hidden, 10) << file;
}

TEST(Views, HoldTheFiguresOfTheReportAndNoOthers) {
  const ScratchFolder folder;
  write_example_database(folder / "a.db");
  compare_all(folder / "a.db");
}

// Cells of every end, of which a notebook must not take a speed-up.
TEST(Views, HaveNoSpeedOfCellsWhoseSpeedTheReportWithholds) {
  const ScratchFolder folder;
  const std::filesystem::path file = folder / "a.db";
  std::vector<PlannedCell> cells;
  for (const char* label : {"full", "active", "idle", "sparse", "invalid", "old", "few"}) {
    cells.push_back(example_cell(label, static_cast<int64_t>(cells.size())));
    cells.back().expected_n = 8;
  }
  cells[3].method = "xattention";
  {
    Store store(file);
    const auto write = [&](int64_t run, const PlannedCell& cell) {
      for (int sample = 0; sample < (cell.label == "few" ? 5 : 8); ++sample) {
        SampleRow row = example_row(cell, std::to_string(sample));
        row.scores = {{"exact_match", sample % 2 == 0 ? 100.0 : 0.0}, {"contains_answer", 100}};
        *row.answer_nll += cell.is_baseline ? 0 : 0.1 * sample;
        *row.kl_first_token += cell.is_baseline ? 0 : 0.1 * sample;
        row.key.code_version = cell.label == "old" ? "core0-spts" : "core1-" + cell.method;
        row.active = row.active && cell.label != "idle";
        row.random_weights = cell.label == "sparse";
        if (cell.label == "invalid" && sample == 0) row.status = RowStatus::kInvalid;
        store.write(run, std::vector{row});
      }
    };
    store.plan_cells(cells);
    const int64_t first = store.begin_run(example_run());
    write(first, cells[5]);
    const int64_t second = store.begin_run(example_run());
    for (const PlannedCell& cell : cells) {
      if (cell.label != "old") write(second, cell);
    }
    store.summarise("demo");
  }
  compare_all(file);
  Database database(file, Database::Mode::kReadOnly);
  const auto labels = [&database](const char* column) {
    std::string list;
    Statement query(database,
                    fmt::format("SELECT DISTINCT label FROM cell_details WHERE {} IS NOT NULL "
                                "ORDER BY label_order",
                                column));
    while (query.step()) list += (list.empty() ? "" : ", ") + query.text(0);
    return list;
  };
  EXPECT_EQ(labels("speedup_ttft"), "full, active, few");
  EXPECT_EQ(labels("ttft_ms_median"), "full, active, few");
  EXPECT_EQ(labels("ideal_speedup"), "full, active, few");
  EXPECT_EQ(labels("kv_ratio"), "full, active, few");
  EXPECT_EQ(labels("score"), "full, active, idle, few");
  EXPECT_EQ(labels("answer_nll_mean"), "full, active, idle, few");
  EXPECT_EQ(labels("score_stderr"), "full, active, idle");
  EXPECT_EQ(labels("answer_nll_delta_low"), "active, idle");
  EXPECT_EQ(labels("answer_nll_delta_stderr"), "active, idle");
  EXPECT_EQ(labels("kl_first_token_stderr"), "active, idle");
}

TEST(Views, HoldTheFiguresOfTheReportsOfCommittedDatabases) {
  const ScratchFolder folder;
  int64_t databases = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(SKIPBENCH_SOURCE_DIR "/results")) {
    if (entry.path().extension() != ".db") continue;
    const std::filesystem::path copy = folder / fmt::format("{}.db", ++databases);
    std::filesystem::copy_file(entry.path(), copy);
    std::filesystem::permissions(copy, std::filesystem::perms(0644));
    const std::vector<std::string> experiments = StoreReader(copy).experiments();
    {
      Store store(copy);
      for (const std::string& experiment : experiments) store.summarise(experiment);
    }
    compare_all(copy);
  }
  EXPECT_GE(databases, 12);
}

}  // namespace
}  // namespace skipbench
