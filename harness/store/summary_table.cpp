#include "harness/store/summary_table.h"

#include <string>

#include "harness/store/database.h"
#include "harness/store/samples/profile_rows.h"

namespace skipbench {
namespace {

std::string column_list() {
  std::string list = "cell_id";
  CellSummary summary;
  visit_columns(summary,
                [&list](const char* column, auto&) { list += std::string(", ") + column; });
  return list;
}

std::string placeholder_list() {
  std::string list = "?";
  CellSummary summary;
  visit_columns(summary, [&list](const char*, auto&) { list += ", ?"; });
  return list;
}

void read_column(const Statement& row, int column, int64_t& value) {
  value = row.integer(column);
}
void read_column(const Statement& row, int column, bool& value) {
  value = row.integer(column) != 0;
}
void read_column(const Statement& row, int column, std::string& value) {
  value = row.text(column);
}
void read_column(const Statement& row, int column, std::optional<double>& value) {
  value = row.optional_real(column);
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
    m.n = row.integer(0);
    m.score = row.optional_real(1);
    m.score_stderr = row.optional_real(2);
    m.score_delta = row.optional_real(3);
    m.score_delta_stderr = row.optional_real(4);
    m.score_delta_low = row.optional_real(5);
    m.score_delta_high = row.optional_real(6);
    m.score_delta_p = row.optional_real(7);
    m.best = {row.text(8), row.optional_real(9)};
  }
  row.reset();
  return m;
}

}  // namespace

void write_summary(Database& database, int64_t cell_id, const CellSummary& summary) {
  static const std::string insert =
      "INSERT INTO cell_summary (" + column_list() + ") VALUES (" + placeholder_list() + ")";
  database.statement("DELETE FROM cell_summary WHERE cell_id = ?").bind(cell_id).run();
  Statement& row = database.statement(insert);
  int index = 1;
  row.bind_one(index, cell_id);
  visit_columns(summary, [&](const char*, const auto& value) { row.bind_one(++index, value); });
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
      "SELECT " + column_list() + " FROM cell_summary WHERE cell_id = ?";
  Statement& row = database.statement(select).bind(cell_id);
  if (!row.step()) return std::nullopt;
  CellSummary summary;
  int column = 0;
  visit_columns(summary, [&](const char*, auto& value) { read_column(row, ++column, value); });
  row.reset();
  if (summary.profiles > 0) summary.profile = load_mean_profile(database, cell_id);
  for (const std::string& metric : metrics) {
    summary.metrics.push_back(read_metric(database, cell_id, metric));
  }
  return summary;
}

bool has_summary(Database& database, int64_t cell_id) {
  Statement& row = database.statement("SELECT 1 FROM cell_summary WHERE cell_id = ?").bind(cell_id);
  const bool found = row.step();
  row.reset();
  return found;
}

}  // namespace skipbench
