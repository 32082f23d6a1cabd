#include "harness/store/samples/cell_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "harness/store/database.h"
#include "harness/store/row_sql.h"
#include "harness/store/samples/profile_rows.h"
#include "harness/summary/cell_state.h"

namespace skipbench {
namespace {

/// Older programs did not note which run asked for a cell; there it is the last that wrote a row.
constexpr std::string_view kSelectCells = R"sql(
  SELECT id, model, task, subset, label, method, is_baseline, expected_n, label_order, version_id,
    coalesce(run_id, (SELECT max(s.run_id) FROM sample_row s
                      WHERE s.version_id = cell_plan.version_id)),
    in_plan
  FROM cell_plan WHERE experiment = ? )sql";

const std::string kCells = std::string(kSelectCells) + "ORDER BY id";
const std::string kCell =
    std::string(kSelectCells) + "AND model = ? AND task = ? AND subset = ? AND label = ?";

constexpr std::string_view kMetrics =
    "SELECT metric FROM cell_metric WHERE cell_id = ? ORDER BY position";

std::string select_rows(std::string_view which) {
  return fmt::format(
      "SELECT s.id, s.sample_id, s.round, s.run_id, {} FROM sample_row s "
      "LEFT JOIN timing_row t ON t.sample_row_id = s.id WHERE s.version_id = ? {} "
      "ORDER BY s.sample_id, s.round",
      observed_columns(), which);
}

const std::string kCountedRows = select_rows("AND s.in_plan");
const std::string kAllRows = select_rows("");

constexpr std::string_view kScoresOfRow =
    "SELECT metric, score FROM score_row WHERE sample_row_id = ? AND score IS NOT NULL";

constexpr std::string_view kDirty = R"sql(
  SELECT EXISTS (SELECT 1 FROM run r JOIN provenance p ON p.id = r.provenance_id
                 WHERE r.experiment = ? AND p.git_dirty AND EXISTS (
                   SELECT 1 FROM sample_row s WHERE s.run_id = r.id AND s.version_id = ?
                     AND s.in_plan)))sql";

/// What two versions must share for their times and losses to be compared.
constexpr std::string_view kComparable = R"sql(
  SELECT count(*) FROM cell_version a JOIN cell_version b
    ON a.model_hash = b.model_hash AND a.data_hash = b.data_hash
    AND a.protocol_hash = b.protocol_hash AND a.dtype = b.dtype AND a.device = b.device
    AND a.seed = b.seed
  WHERE a.id = ? AND b.id = ?)sql";

Observation read_observation(const Statement& row) {
  Observation o;
  row.read(1, o.sample_id, o.round, o.run);
  read_columns(row, 4, o);
  return o;
}

StoredCell read_cell(const Statement& row, const std::string& experiment) {
  StoredCell cell;
  PlannedCell& plan = cell.plan;
  plan.experiment = experiment;
  row.read(0, cell.id, plan.model, plan.task, plan.subset, plan.label, plan.method,
           plan.is_baseline, plan.expected_n, plan.order, cell.version, cell.last_run,
           cell.in_plan);
  return cell;
}

void load_metrics(Database& database, StoredCell& cell) {
  Statement& query = database.statement(kMetrics).bind(cell.id);
  while (query.step()) cell.plan.metrics.push_back(query.text(0));
}

bool has_dirty_rows(Database& database, const StoredCell& cell) {
  Statement& query = database.statement(kDirty).bind(cell.plan.experiment, *cell.version);
  return query.first_integer().value_or(0) != 0;
}

bool comparable(Database& database, int64_t version, int64_t baseline_version) {
  Statement& query = database.statement(kComparable).bind(version, baseline_version);
  return query.first_integer().value_or(0) != 0;
}

}  // namespace

std::vector<CellGroup> load_cell_groups(Database& database, const std::string& experiment) {
  std::vector<CellGroup> groups;
  std::map<std::tuple<std::string, std::string, std::string>, size_t> position;
  Statement& query = database.statement(kCells).bind(experiment);
  while (query.step()) {
    StoredCell cell = read_cell(query, experiment);
    load_metrics(database, cell);
    const auto key = std::tuple(cell.plan.model, cell.plan.task, cell.plan.subset);
    const auto [found, is_new] = position.emplace(key, groups.size());
    if (is_new) groups.emplace_back();
    groups[found->second].push_back(std::move(cell));
  }
  for (CellGroup& group : groups) {
    std::stable_sort(group.begin(), group.end(), [](const StoredCell& a, const StoredCell& b) {
      return a.plan.order < b.plan.order;
    });
  }
  return groups;
}

std::optional<StoredCell> find_cell(Database& database, const PlannedCell& like) {
  Statement& query = database.statement(kCell).bind(like.experiment, like.model, like.task,
                                                    like.subset, like.label);
  if (!query.step()) return std::nullopt;
  StoredCell cell = read_cell(query, like.experiment);
  query.reset();
  load_metrics(database, cell);
  return cell;
}

std::vector<std::optional<double>> load_scores(Database& database, int64_t row_id,
                                               const std::vector<std::string>& metrics) {
  std::vector<std::optional<double>> scores(metrics.size());
  Statement& query = database.statement(kScoresOfRow).bind(row_id);
  while (query.step()) {
    const auto found = std::find(metrics.begin(), metrics.end(), query.text(0));
    if (found != metrics.end()) {
      scores[static_cast<size_t>(found - metrics.begin())] = query.real(1);
    }
  }
  return scores;
}

namespace {

std::vector<Observation> load_rows(Database& database, const StoredCell& cell,
                                   const std::string& sql) {
  std::vector<Observation> rows;
  if (!cell.version) return rows;
  Statement& query = database.statement(sql).bind(*cell.version);
  while (query.step()) {
    rows.push_back(read_observation(query));
    rows.back().scores = load_scores(database, query.integer(0), cell.plan.metrics);
  }
  return rows;
}

}  // namespace

std::vector<Observation> load_observations(Database& database, const StoredCell& cell) {
  return load_rows(database, cell, kCountedRows);
}

std::vector<ComputedSummary> summarise_group(Database& database, const CellGroup& group,
                                             const std::vector<bool>& wanted) {
  const auto is_baseline = [](const StoredCell& cell) { return cell.plan.is_baseline; };
  const auto baseline = std::find_if(group.begin(), group.end(), is_baseline);
  std::vector<Observation> baseline_rows;
  if (baseline != group.end()) baseline_rows = load_rows(database, *baseline, kAllRows);

  std::vector<ComputedSummary> computed;
  for (size_t i = 0; i < group.size(); ++i) {
    const StoredCell& cell = group[i];
    if (!wanted[i] || !cell.version) continue;
    const bool paired = baseline != group.end() && baseline->version &&
                        comparable(database, *cell.version, *baseline->version);
    const std::vector<Observation> rows = load_observations(database, cell);
    CellSummary summary =
        summarise_cell(rows, paired ? std::span(baseline_rows) : std::span<Observation>(),
                       cell.plan.is_baseline, cell.plan.metrics);
    summary.git_dirty = has_dirty_rows(database, cell);
    const std::vector<SampleProfile> profiles = load_profiles(database, *cell.version);
    summary.profiles = static_cast<int64_t>(profiles.size());
    summary.profile = mean_profile(profiles);
    summary.shown = shown_figures_name(shown_figures(state_of(cell.plan, summary)));
    computed.push_back({cell.id, std::move(summary)});
  }
  return computed;
}

}  // namespace skipbench
