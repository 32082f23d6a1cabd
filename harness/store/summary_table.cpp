#include "harness/store/summary_table.h"

#include <fmt/format.h>

#include <string>

#include "harness/store/column_definition.h"
#include "harness/store/database.h"
#include "harness/store/samples/profile_rows.h"

namespace skipbench {
namespace {

/// "cell_id, n, ..."; or as many times `instead`.
std::string summary_columns(const char* instead = nullptr) {
  std::string list = instead ? instead : "cell_id";
  for (const ColumnDefinition& column : summary_definitions()) {
    list += fmt::format(", {}", instead ? instead : column.name);
  }
  return list;
}

MetricSummary read_metric(Database& database, int64_t cell_id, const std::string& metric) {
  MetricSummary m;
  m.metric = metric;
  Statement& row = database.statement(R"sql(
    SELECT n, score, score_stderr, score_delta, score_delta_stderr, score_delta_low,
      score_delta_high, score_delta_p, best_label, best_p
    FROM score_summary WHERE cell_id = ? AND metric = ?)sql");
  row.bind(cell_id, metric);
  if (row.step()) {
    row.read(0, m.n, m.score, m.score_stderr, m.score_delta, m.score_delta_stderr,
             m.score_delta_low, m.score_delta_high, m.score_delta_p, m.best.label, m.best.p);
  }
  row.reset();
  return m;
}

}  // namespace

std::vector<ColumnDefinition> summary_definitions() {
  std::vector<ColumnDefinition> definitions;
  CellSummary summary;
  visit_columns(summary, [&](const char* column, const auto& value, int since) {
    definitions.push_back({"cell_summary", column, column_type(&value, since), since});
  });
  return definitions;
}

void write_summary(Database& database, int64_t cell_id, const CellSummary& summary) {
  static const std::string insert =
      "INSERT INTO cell_summary (" + summary_columns() + ") VALUES (" + summary_columns("?") + ")";
  database.statement("DELETE FROM cell_summary WHERE cell_id = ?").bind(cell_id).run();
  Statement& row = database.statement(insert);
  int index = 1;
  row.bind_one(index, cell_id);
  visit_columns(summary,
                [&](const char*, const auto& value, int) { row.bind_one(++index, value); });
  row.run();
  insert_mean_profile(database, cell_id, summary.profile);
  for (const MetricSummary& m : summary.metrics) {
    database
        .statement(
            "INSERT INTO score_summary (cell_id, metric, n, score, score_stderr, "
            "score_delta, score_delta_stderr, score_delta_low, score_delta_high, "
            "score_delta_p, best_label, best_p) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(cell_id, m.metric, m.n, m.score, m.score_stderr, m.score_delta, m.score_delta_stderr,
              m.score_delta_low, m.score_delta_high, m.score_delta_p, m.best.label, m.best.p)
        .run();
  }
}

std::optional<CellSummary> read_summary(Database& database, int64_t cell_id,
                                        const std::vector<std::string>& metrics) {
  static const std::string select =
      "SELECT " + summary_columns() + " FROM cell_summary WHERE cell_id = ?";
  Statement& row = database.statement(select).bind(cell_id);
  if (!row.step()) return std::nullopt;
  CellSummary summary;
  int column = 0;
  visit_columns(summary, [&](const char*, auto& value, int) { row.read(++column, value); });
  row.reset();
  if (summary.profiles > 0) summary.profile = load_mean_profile(database, cell_id);
  for (const std::string& metric : metrics) {
    summary.metrics.push_back(read_metric(database, cell_id, metric));
  }
  return summary;
}

bool has_summary(Database& database, int64_t cell_id) {
  return database.statement("SELECT 1 FROM cell_summary WHERE cell_id = ?")
      .bind(cell_id)
      .first_integer()
      .has_value();
}

}  // namespace skipbench
