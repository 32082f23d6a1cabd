#include "harness/store/store.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "harness/store/database.h"
#include "harness/store/row_writer.h"
#include "harness/store/samples/cell_rows.h"
#include "harness/store/samples/profile_rows.h"
#include "harness/store/schema.h"
#include "harness/store/summary_table.h"
#include "harness/summary/group_ranks.h"
#include "kernels/base/check.h"

namespace skipbench {
namespace {

/// Drops the figures of a cell and of all cells that pair with it.
void drop_summaries_beside(Database& database, int64_t cell) {
  database
      .statement(R"sql(
        DELETE FROM cell_summary WHERE cell_id IN (
          SELECT other.id FROM cell_plan c JOIN cell_plan other
            ON other.experiment = c.experiment AND other.model = c.model
            AND other.task = c.task AND other.subset = c.subset
          WHERE c.id = ?))sql")
      .bind(cell)
      .run();
}

std::vector<std::string> stored_metrics(Database& database, int64_t cell) {
  std::vector<std::string> metrics;
  Statement& query =
      database.statement("SELECT metric FROM cell_metric WHERE cell_id = ? ORDER BY position");
  query.bind(cell);
  while (query.step()) metrics.push_back(query.text(0));
  return metrics;
}

/// The experiment's cells that are not among `planned` leave its plan.
void retire_others(Database& database, const std::string& experiment,
                   const std::set<int64_t>& planned) {
  std::vector<int64_t> retired;
  Statement& query =
      database.statement("SELECT id FROM cell_plan WHERE experiment = ? AND in_plan");
  query.bind(experiment);
  while (query.step()) {
    if (const int64_t id = query.integer(0); !planned.contains(id)) retired.push_back(id);
  }
  for (const int64_t id : retired) {
    database.statement("UPDATE cell_plan SET in_plan = 0 WHERE id = ?").bind(id).run();
  }
}

/// Inserts or changes a planned cell; true when something about it is new.
bool upsert_cell(Database& database, const PlannedCell& cell) {
  database
      .statement(R"sql(
        INSERT INTO cell_plan (experiment, model, task, subset, label, method, is_baseline,
          expected_n, label_order)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (experiment, model, task, subset, label) DO UPDATE SET
          method = excluded.method, is_baseline = excluded.is_baseline,
          expected_n = excluded.expected_n, label_order = excluded.label_order, in_plan = 1
        WHERE (method, is_baseline, expected_n, label_order, in_plan) IS NOT
          (excluded.method, excluded.is_baseline, excluded.expected_n, excluded.label_order, 1))sql")
      .bind(cell.experiment, cell.model, cell.task, cell.subset, cell.label, cell.method,
            cell.is_baseline, cell.expected_n, cell.order)
      .run();
  return database.changes() > 0;
}

int64_t planned_id(Database& database, const PlannedCell& cell) {
  Statement& query = database.statement(
      "SELECT id FROM cell_plan "
      "WHERE experiment = ? AND model = ? AND task = ? AND subset = ? AND label = ?");
  return *query.bind(cell.experiment, cell.model, cell.task, cell.subset, cell.label)
              .first_integer();
}

/// A cell that was the baseline in an earlier plan is one no more.
void demote_other_baselines(Database& database, const PlannedCell& cell) {
  database
      .statement(
          "UPDATE cell_plan SET is_baseline = 0 WHERE experiment = ? AND model = ? "
          "AND task = ? AND subset = ? AND label <> ? AND is_baseline")
      .bind(cell.experiment, cell.model, cell.task, cell.subset, cell.label)
      .run();
}

int64_t plan_cell(Database& database, const PlannedCell& cell) {
  bool changed = upsert_cell(database, cell);
  const int64_t id = planned_id(database, cell);
  if (stored_metrics(database, id) != cell.metrics) {
    changed = true;
    database.statement("DELETE FROM cell_metric WHERE cell_id = ?").bind(id).run();
    for (size_t i = 0; i < cell.metrics.size(); ++i) {
      database.statement("INSERT INTO cell_metric (cell_id, position, metric) VALUES (?, ?, ?)")
          .bind(id, i, cell.metrics[i])
          .run();
    }
  }
  if (cell.is_baseline) demote_other_baselines(database, cell);
  if (changed) drop_summaries_beside(database, id);
  return id;
}

int64_t provenance_id(Database& database, const RunInfo& info) {
  database
      .statement(
          "INSERT OR IGNORE INTO provenance (git_commit, git_dirty, build_flags, "
          "library_versions, machine) VALUES (?, ?, ?, ?, ?)")
      .bind(info.git_commit, info.git_dirty, info.build_flags, info.library_versions,
            info.machine_json)
      .run();
  Statement& query = database.statement(
      "SELECT id FROM provenance WHERE git_commit = ? AND git_dirty = ? AND build_flags = ? "
      "AND library_versions = ? AND machine = ?");
  return *query
              .bind(info.git_commit, info.git_dirty, info.build_flags, info.library_versions,
                    info.machine_json)
              .first_integer();
}

}  // namespace

/// The rows that a run asked for in one cell.
struct AskedRows {
  int64_t version = 0;
  std::set<std::pair<std::string, int64_t>> rows;  // (sample, round)

  int64_t samples() const {
    int64_t count = 0;
    const std::string* last = nullptr;
    for (const auto& [sample, round] : rows) {
      if (!last || *last != sample) ++count;
      last = &sample;
    }
    return count;
  }
};

/// Lets those rows of a cell's version count that `asked` names, once it names as many samples as
/// the plan has; until then those that counted before count as well. True when something changed.
bool apply_asked_rows(Database& database, int64_t cell, const AskedRows& asked) {
  Statement& plan = database.statement("SELECT expected_n FROM cell_plan WHERE id = ?");
  const bool complete = asked.samples() >= *plan.bind(cell).first_integer();
  std::vector<std::pair<int64_t, bool>> changes;  // row, whether it counts
  Statement& query = database.statement(
      "SELECT id, sample_id, round, in_plan FROM sample_row WHERE version_id = ?");
  query.bind(asked.version);
  while (query.step()) {
    const bool counted = query.integer(3) != 0;
    const bool wanted = asked.rows.contains({query.text(1), query.integer(2)});
    const bool counts = wanted || (counted && !complete);
    if (counts != counted) changes.emplace_back(query.integer(0), counts);
  }
  for (const auto& [row, counts] : changes) {
    database.statement("UPDATE sample_row SET in_plan = ? WHERE id = ?").bind(counts, row).run();
  }
  return !changes.empty();
}

struct Store::Impl {
  Impl(const std::filesystem::path& file, PageCheck check)
      : database(file, Database::Mode::kReadWrite), writer(database) {
    prepare_for_writing(database, check);
  }

  /// Notes which version of a cell this run works with, stored with the next transaction, and which
  /// rows.
  void want(const KeyPlace& place, const RowKey& key) {
    wanted[place.cell] = place.version;
    AskedRows& cell = asked[place.cell];
    if (cell.version != place.version) cell = {place.version, {}};
    cell.rows.emplace(key.sample_id, key.round);
  }

  /// Makes the wanted versions the current ones, asked for by this run; the cells whose version
  /// changed lose their figures.
  void apply_wanted() {
    for (const auto& [cell, version] : wanted) {
      database.statement("UPDATE cell_plan SET version_id = ? WHERE id = ? AND version_id IS NOT ?")
          .bind(version, cell, version)
          .run();
      if (database.changes() > 0) drop_summaries_beside(database, cell);
      if (!run) continue;
      database.statement("UPDATE cell_plan SET run_id = ? WHERE id = ? AND run_id IS NOT ?")
          .bind(run, cell, run)
          .run();
    }
    wanted.clear();
  }

  void write(int64_t run_id, std::span<const SampleRow> rows) {
    Transaction transaction(database);
    std::set<int64_t> touched;
    for (const SampleRow& row : rows) {
      const KeyPlace place = writer.find_or_insert(row);
      want(place, row.key);
      if (writer.insert(run_id, place, row)) touched.insert(place.cell);
    }
    for (const int64_t cell : touched) drop_summaries_beside(database, cell);
    apply_wanted();
    transaction.commit();
  }

  void apply_asked() {
    for (const auto& [cell, rows] : asked) {
      if (apply_asked_rows(database, cell, rows)) drop_summaries_beside(database, cell);
    }
  }

  void summarise(const CellGroup& group) {
    Transaction transaction(database);
    std::vector<bool> missing(group.size());
    for (size_t i = 0; i < group.size(); ++i) missing[i] = !has_summary(database, group[i].id);
    std::vector<ComputedSummary> summaries = summarise_group(database, group, missing);
    if (std::find(missing.begin(), missing.end(), false) == missing.end()) {
      add_ranks(database, group, summaries);
    }
    for (const ComputedSummary& computed : summaries) {
      write_summary(database, computed.cell_id, computed.summary);
    }
    transaction.commit();
  }

  Database database;
  RowWriter writer;
  std::map<int64_t, int64_t> wanted;   // cell -> version, to be stored
  std::map<int64_t, AskedRows> asked;  // by cell
  std::optional<int64_t> run;          // that this process began
};

Store::Store(const std::filesystem::path& file, PageCheck check)
    : impl_(std::make_unique<Impl>(file, check)) {}

Store::~Store() = default;

int64_t Store::begin_run(const RunInfo& info) {
  Database& database = impl_->database;
  Transaction transaction(database);
  const int64_t provenance = provenance_id(database, info);
  database
      .statement(
          "INSERT INTO run (experiment, config, command, provenance_id, token) "
          "VALUES (?, ?, ?, ?, lower(hex(randomblob(16))))")
      .bind(info.experiment, info.config_json, info.command, provenance)
      .run();
  const int64_t run_id = database.last_insert_id();
  transaction.commit();
  impl_->run = run_id;
  impl_->asked.clear();
  return run_id;
}

void Store::plan_cells(std::span<const PlannedCell> cells, PlanScope scope) {
  Transaction transaction(impl_->database);
  std::map<std::string, std::set<int64_t>> planned;  // by experiment
  for (const PlannedCell& cell : cells) {
    planned[cell.experiment].insert(plan_cell(impl_->database, cell));
  }
  if (scope == PlanScope::kWhole) {
    for (const auto& [experiment, ids] : planned) retire_others(impl_->database, experiment, ids);
  }
  transaction.commit();
}

bool Store::has_any(const std::string& experiment) const {
  Statement& query = impl_->database.statement(
      "SELECT 1 FROM cell_version v JOIN cell_plan c ON c.id = v.cell_id "
      "WHERE c.experiment = ? LIMIT 1");
  return query.bind(experiment).first_integer().has_value();
}

bool Store::has(const RowKey& key) const {
  const auto place = impl_->writer.find(key);
  if (!place) return false;
  impl_->want(*place, key);
  return impl_->writer.find_row(*place, key).has_value();
}

bool Store::drop_failed(const RowKey& key) {
  const auto place = impl_->writer.find(key);
  if (!place) return false;
  Database& database = impl_->database;
  Transaction transaction(database);
  database
      .statement(
          "DELETE FROM sample_row "
          "WHERE version_id = ? AND sample_id = ? AND round = ? AND status <> 'ok'")
      .bind(place->version, key.sample_id, key.round)
      .run();
  const bool dropped = database.changes() > 0;
  if (dropped) drop_summaries_beside(database, place->cell);
  transaction.commit();
  return dropped;
}

void Store::write(int64_t run_id, std::span<const SampleRow> rows) {
  try {
    impl_->write(run_id, rows);
  } catch (const std::exception&) {
    // Ids that the rolled back transaction made exist no more.
    impl_->writer.forget();
    impl_->wanted.clear();
    impl_->asked.clear();
    throw;
  }
}

bool Store::lacks_profile(const RowKey& key) const {
  const auto place = impl_->writer.find(key);
  const auto row = place ? impl_->writer.find_row(*place, key) : std::nullopt;
  return row && skipbench::lacks_profile(impl_->database, *row);
}

void Store::write_profile(int64_t run_id, const RowKey& key, const SampleProfile& profile) {
  require(lacks_profile(key), "a profile of '{}', sample {}, without a row that waits for it",
          key.label, key.sample_id);
  const KeyPlace place = *impl_->writer.find(key);
  Transaction transaction(impl_->database);
  insert_profile(impl_->database, run_id, *impl_->writer.find_row(place, key), profile);
  drop_summaries_beside(impl_->database, place.cell);
  transaction.commit();
}

void Store::summarise(const std::string& experiment) {
  Database& database = impl_->database;
  Transaction transaction(database);
  impl_->apply_wanted();
  impl_->apply_asked();
  transaction.commit();
  // One short transaction a group, so that another process can write in between.
  for (const CellGroup& group : load_cell_groups(database, experiment)) impl_->summarise(group);
}

void Store::summarise_all() {
  std::vector<std::string> experiments;
  Statement& query =
      impl_->database.statement("SELECT DISTINCT experiment FROM cell_plan ORDER BY experiment");
  while (query.step()) experiments.push_back(query.text(0));
  for (const std::string& experiment : experiments) summarise(experiment);
}

void Store::end_run(int64_t run_id, const std::string& outcome) {
  Database& database = impl_->database;
  Transaction transaction(database);
  impl_->apply_wanted();
  database
      .statement(
          "UPDATE run SET outcome = ?, ended_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') "
          "WHERE id = ?")
      .bind(outcome, run_id)
      .run();
  transaction.commit();
  leave_wal(database);
}

}  // namespace skipbench
