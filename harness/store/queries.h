#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/store/summary.h"

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

/// The same sample and round under two labels.
struct SamplePair {
  std::string sample_id;
  int64_t round = 0;
  double first = 0, second = 0;
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

  /// Pairs of two labels' current rows where both ended well and have the figure, sorted by sample
  /// and round. `figure` is a metric of the cell, or answer_nll, ttft_ms or e2e_ms; times pair as
  /// ttft_pairs() and e2e_pairs() say.
  std::vector<SamplePair> sample_pairs(const PlannedCell& first, const std::string& second_label,
                                       const std::string& figure) const;

  /// The replies of a cell's current rows that ended well, by sample; of several rounds the first.
  std::map<std::string, std::string> replies(const PlannedCell& cell) const;

  /// PRAGMA integrity_check and foreign_key_check: the problems found, none for a sound file.
  std::vector<std::string> check_integrity() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace skipbench
