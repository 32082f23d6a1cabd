#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "harness/store/row.h"
#include "harness/store/schema.h"

namespace skipbench {

/// Where a run's rows come from: everything `report --provenance` will want to show.
struct RunInfo {
  std::string experiment;   // name
  std::string config_json;  // the resolved experiment
  std::string command;      // command line
  std::string git_commit, build_flags, library_versions, machine_json;
  bool git_dirty = false;
};

/// What a complete run of one cell has; stored when the plan is made, so that tables know what is
/// missing.
struct PlannedCell {
  std::string experiment, model, label, method, task, subset;
  bool is_baseline = false;
  std::vector<std::string> metrics;
  int64_t expected_n = 0;  // samples x rounds is stored by timing; this is samples
  int64_t order = 0;       // of the label in the experiment
};

/// Whether planned cells are all that the experiment has, or a part that somebody selected.
enum class PlanScope { kPart, kWhole };

/// The SQLite database: the one truth of a sweep. One writer at a time.
class Store {
 public:
  /// Opens or creates. Throws InputError for a file that is no SQLite database, belongs to another
  /// program, has a newer schema, is damaged or cannot be written; the file is left as it was.
  explicit Store(const std::filesystem::path& file, PageCheck check = PageCheck::kAll);
  ~Store();

  int64_t begin_run(const RunInfo& info);
  /// With kWhole the experiment's other cells leave the plan, and thereby the tables.
  void plan_cells(std::span<const PlannedCell> cells, PlanScope scope = PlanScope::kPart);

  /// Whether any row of the experiment was ever stored, of whatever version.
  bool has_any(const std::string& experiment) const;
  bool has(const RowKey& key) const;
  /// Deletes the row of this key, with all that belongs to it, unless it is ok; true when there was
  /// one. The sample is then measured as if it had never been.
  bool drop_failed(const RowKey& key);

  /// All rows of one unit (a sample under all its methods) in one transaction: all or none.
  /// Rows whose key is already there are left as they are. Throws ContractError for a row of a cell
  /// that plan_cells() did not name.
  void write(int64_t run_id, std::span<const SampleRow> rows);

  /// Whether a row of this key is stored that ended well and has no profile.
  bool lacks_profile(const RowKey& key) const;
  /// Stores the profile of a row that lacks_profile(). Throws ContractError for any other.
  void write_profile(int64_t run_id, const RowKey& key, const SampleProfile& profile);

  /// Computes the summaries (medians, intervals) of those of the experiment's cells whose rows are
  /// others than when they were last stored. A row that this run did not ask for (has(), write())
  /// does not count where it has asked for all samples of the cell: samples and rounds of an
  /// earlier, larger plan. Asked for again, the row counts again.
  void summarise(const std::string& experiment);
  /// The same of every experiment in the file: a migration may have left some without figures.
  void summarise_all();

  /// Ends the run ("done", "interrupted", "failed") and brings everything into the one file.
  void end_run(int64_t run_id, const std::string& outcome);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace skipbench
