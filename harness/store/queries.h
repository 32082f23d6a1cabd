#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/store/samples/sample_replies.h"
#include "harness/summary/accuracy.h"
#include "harness/summary/layer_shares.h"
#include "harness/summary/prompt_facts.h"
#include "harness/summary/summary.h"

namespace skipbench {

/// What a cell's current rows are true for. Empty strings: no run has asked for the cell yet.
struct CellVersion {
  std::string params;  // JSON
  std::string model_hash, method_hash, data_hash, protocol_hash;
  std::string dtype, device, code_version;
  uint64_t seed = 0;
};

/// One cell as a report shows it.
struct CellRecord {
  PlannedCell plan;
  CellVersion version;
  int64_t last_run = 0;  // that asked for the cell; 0: none
  bool in_plan = true;   // the experiment's latest plan names it
  CellSummary summary;   // metrics in the plan's order
};

/// One call of `skipbench run` and what it was made with.
struct RunRecord {
  int64_t id = 0;
  RunInfo info;
  std::string started_at, ended_at;  // UTC, ISO 8601
  std::string outcome;               // done | interrupted | failed; empty: runs, or was killed
  int64_t rows = 0;                  // that it wrote
  int64_t current_rows = 0;          // of these, how many the tables show
};

/// Rows of a cell that the tables count, by the run that measured them.
struct RowsOfRun {
  int64_t run = 0, rows = 0;
};

/// Who stored a row.
struct MeasuredBy {
  int64_t run = 0;
  bool ended_well = false;
};

/// Reads a database without changing it, in one consistent view while others may write. Throws
/// InputError for a file that is missing, damaged, empty or not ours.
class StoreReader {
 public:
  explicit StoreReader(const std::filesystem::path& file);
  ~StoreReader();

  const std::filesystem::path& file() const;

  /// Names, in the order of their first plan.
  std::vector<std::string> experiments() const;

  /// All cells of an experiment: models, then tasks and subsets, then labels, in planned order.
  /// Figures that are not stored (a run was killed) are computed.
  std::vector<CellRecord> cells(const std::string& experiment) const;

  /// The experiment's runs, oldest first.
  std::vector<RunRecord> runs(const std::string& experiment) const;

  /// A cell's current rows, sorted by sample, then round.
  std::vector<Observation> observations(const PlannedCell& cell) const;

  /// The accuracy of each sample of a cell that ended well, sorted by sample: as observations(),
  /// for less.
  std::vector<SampleAccuracy> accuracies(const PlannedCell& cell) const;

  /// The cell's prompts, for prompt_facts() and prompt_speedups(): load_prompt_rows().
  std::vector<PromptRow> prompt_rows(const PlannedCell& cell) const;

  /// What each layer of a cell worked on: load_layer_shares().
  std::vector<LayerShares> layer_shares(const PlannedCell& cell) const;

  /// Whether a row of this key is stored.
  bool has(const RowKey& key) const;
  /// The run that stored the row of this key; empty when there is none.
  std::optional<MeasuredBy> measured_by(const RowKey& key) const;

  /// At most `limit` samples of a cell, with their replies: load_sample_replies().
  std::vector<SampleReply> sample_replies(const PlannedCell& cell, int64_t limit) const;

  /// The runs behind a cell's current rows, oldest first.
  std::vector<RowsOfRun> rows_by_run(const PlannedCell& cell) const;

  /// The replies of a cell's current rows that ended well, by sample; of several rounds the first.
  std::map<std::string, std::string> replies(const PlannedCell& cell) const;

  /// PRAGMA integrity_check and foreign_key_check: the problems found, none for a sound file.
  std::vector<std::string> check_integrity() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace skipbench
