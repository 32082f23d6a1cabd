#include "harness/store/queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/store/database.h"
#include "harness/store/row_writer.h"
#include "harness/store/samples/cell_rows.h"
#include "harness/store/schema.h"
#include "harness/store/summary_table.h"
#include "harness/summary/accuracy_rows.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

constexpr std::string_view kExperiments =
    "SELECT experiment FROM cell_plan GROUP BY experiment ORDER BY min(id)";

constexpr std::string_view kVersion = R"sql(
  SELECT params, model_hash, method_hash, data_hash, protocol_hash, dtype, device, code_version,
    seed
  FROM cell_version WHERE id = ?)sql";

constexpr std::string_view kRuns = R"sql(
  SELECT r.id, r.experiment, r.config, r.command, p.git_commit, p.git_dirty, p.build_flags,
    p.library_versions, p.machine, r.started_at, r.ended_at, r.outcome,
    (SELECT count(*) FROM sample_row s WHERE s.run_id = r.id),
    (SELECT count(*) FROM sample_row s JOIN cell_version v ON v.id = s.version_id
     JOIN cell_plan c ON c.id = v.cell_id AND c.version_id = v.id
     WHERE s.run_id = r.id AND s.in_plan AND c.in_plan)
  FROM run r JOIN provenance p ON p.id = r.provenance_id
  WHERE r.experiment = ? ORDER BY r.id)sql";

constexpr std::string_view kMeasuredBy =
    "SELECT run_id, status = 'ok' FROM sample_row "
    "WHERE version_id = ? AND sample_id = ? AND round = ?";

constexpr std::string_view kRowsByRun =
    "SELECT run_id, count(*) FROM sample_row WHERE version_id = ? AND in_plan "
    "GROUP BY run_id ORDER BY run_id";

constexpr std::string_view kReplies = R"sql(
  SELECT s.sample_id, s.prediction
  FROM cell_plan c JOIN sample_row s ON s.version_id = c.version_id
  WHERE c.experiment = ? AND c.model = ? AND c.task = ? AND c.subset = ? AND c.label = ?
    AND s.status = 'ok' AND s.in_plan
  ORDER BY s.round)sql";

CellVersion load_version(Database& database, int64_t id) {
  CellVersion version;
  Statement& row = database.statement(kVersion).bind(id);
  if (row.step()) {
    row.read(0, version.params, version.model_hash, version.method_hash, version.data_hash,
             version.protocol_hash, version.dtype, version.device, version.code_version,
             version.seed);
  }
  row.reset();
  return version;
}

RunRecord read_run(const Statement& row) {
  RunRecord run;
  RunInfo& info = run.info;
  row.read(0, run.id, info.experiment, info.config_json, info.command, info.git_commit,
           info.git_dirty, info.build_flags, info.library_versions, info.machine_json,
           run.started_at, run.ended_at, run.outcome, run.rows, run.current_rows);
  return run;
}

CellSummary empty_summary(const PlannedCell& plan) {
  CellSummary summary;
  for (const std::string& metric : plan.metrics) {
    summary.metrics.emplace_back().metric = metric;
  }
  return summary;
}

/// The group's cells with their stored figures, or figures computed where none are stored.
std::vector<CellRecord> load_group(Database& database, const CellGroup& group) {
  std::vector<CellRecord> records;
  std::vector<bool> missing(group.size());
  for (size_t i = 0; i < group.size(); ++i) {
    CellRecord& record = records.emplace_back();
    record.plan = group[i].plan;
    record.last_run = group[i].last_run;
    record.in_plan = group[i].in_plan;
    if (group[i].version) record.version = load_version(database, *group[i].version);
    auto stored = read_summary(database, group[i].id, group[i].plan.metrics);
    missing[i] = !stored;
    record.summary = stored ? std::move(*stored) : empty_summary(record.plan);
  }
  if (std::find(missing.begin(), missing.end(), true) == missing.end()) return records;
  for (ComputedSummary& computed : summarise_group(database, group, missing)) {
    for (size_t i = 0; i < group.size(); ++i) {
      if (group[i].id == computed.cell_id) records[i].summary = std::move(computed.summary);
    }
  }
  return records;
}

std::vector<std::string> text_rows(Database& database, std::string_view sql) {
  std::vector<std::string> rows;
  Statement& query = database.statement(sql);
  while (query.step()) rows.push_back(query.text(0));
  return rows;
}

}  // namespace

struct StoreReader::Impl {
  explicit Impl(const std::filesystem::path& file) : database(file, Database::Mode::kReadOnly) {
    prepare_for_reading(database);
    database.execute("BEGIN");  // every query sees the same state
  }
  Database database;
  RowWriter rows{database};  // of which only finding is used
};

StoreReader::StoreReader(const std::filesystem::path& file) : impl_(std::make_unique<Impl>(file)) {}

StoreReader::~StoreReader() = default;

const std::filesystem::path& StoreReader::file() const {
  return impl_->database.file();
}

std::vector<std::string> StoreReader::experiments() const {
  return text_rows(impl_->database, kExperiments);
}

std::vector<CellRecord> StoreReader::cells(const std::string& experiment) const {
  std::vector<CellRecord> cells;
  for (const CellGroup& group : load_cell_groups(impl_->database, experiment)) {
    for (CellRecord& record : load_group(impl_->database, group)) {
      cells.push_back(std::move(record));
    }
  }
  return cells;
}

std::vector<RunRecord> StoreReader::runs(const std::string& experiment) const {
  std::vector<RunRecord> runs;
  Statement& query = impl_->database.statement(kRuns).bind(experiment);
  while (query.step()) runs.push_back(read_run(query));
  return runs;
}

std::vector<Observation> StoreReader::observations(const PlannedCell& cell) const {
  const auto stored = find_cell(impl_->database, cell);
  return stored ? load_observations(impl_->database, *stored) : std::vector<Observation>();
}

std::vector<SampleAccuracy> StoreReader::accuracies(const PlannedCell& cell) const {
  const auto stored = find_cell(impl_->database, cell);
  return stored ? load_accuracies(impl_->database, *stored) : std::vector<SampleAccuracy>();
}

std::vector<PromptRow> StoreReader::prompt_rows(const PlannedCell& cell) const {
  const auto stored = find_cell(impl_->database, cell);
  return stored ? load_prompt_rows(impl_->database, *stored) : std::vector<PromptRow>();
}

std::vector<LayerShares> StoreReader::layer_shares(const PlannedCell& cell) const {
  const auto stored = find_cell(impl_->database, cell);
  return stored ? load_layer_shares(impl_->database, *stored) : std::vector<LayerShares>();
}

bool StoreReader::has(const RowKey& key) const {
  const auto place = impl_->rows.find(key);
  return place && impl_->rows.find_row(*place, key);
}

std::optional<MeasuredBy> StoreReader::measured_by(const RowKey& key) const {
  const auto place = impl_->rows.find(key);
  if (!place) return std::nullopt;
  Statement& query = impl_->database.statement(kMeasuredBy);
  std::optional<MeasuredBy> measured;
  if (query.bind(place->version, key.sample_id, key.round).step()) {
    measured = {query.integer(0), query.integer(1) != 0};
  }
  query.reset();
  return measured;
}

std::vector<SampleReply> StoreReader::sample_replies(const PlannedCell& cell, int64_t limit) const {
  const auto stored = find_cell(impl_->database, cell);
  return stored ? load_sample_replies(impl_->database, *stored, limit) : std::vector<SampleReply>();
}

std::vector<RowsOfRun> StoreReader::rows_by_run(const PlannedCell& cell) const {
  std::vector<RowsOfRun> runs;
  const auto stored = find_cell(impl_->database, cell);
  if (!stored || !stored->version) return runs;
  Statement& query = impl_->database.statement(kRowsByRun).bind(*stored->version);
  while (query.step()) runs.push_back({query.integer(0), query.integer(1)});
  return runs;
}

std::map<std::string, std::string> StoreReader::replies(const PlannedCell& cell) const {
  Statement& row = impl_->database.statement(kReplies).bind(cell.experiment, cell.model, cell.task,
                                                            cell.subset, cell.label);
  std::map<std::string, std::string> replies;
  while (row.step()) replies.emplace(row.text(0), row.text(1));
  return replies;
}

std::vector<std::string> StoreReader::check_integrity() const {
  Database& database = impl_->database;
  std::vector<std::string> problems;
  try {
    problems = text_rows(database, "PRAGMA integrity_check");
  } catch (const InputError& error) {
    return {error.what()};  // too damaged to be checked
  }
  if (problems != std::vector<std::string>{"ok"}) return problems;
  problems.clear();
  for (const std::string& table : text_rows(database, "PRAGMA foreign_key_check")) {
    problems.push_back(fmt::format("a row of {} refers to a row that is not there", table));
  }
  return problems;
}

}  // namespace skipbench
