#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/summary/summary.h"

namespace skipbench {

class Database;

/// A planned cell as the database has it.
struct StoredCell {
  int64_t id = 0;
  PlannedCell plan;
  std::optional<int64_t> version;  // empty: no run has asked for a row yet
  int64_t last_run = 0;            // that asked for a row; 0: none
  bool in_plan = true;             // the experiment's latest plan names it
};

/// Cells that are measured on the same samples, so that they pair: one experiment, model, task and
/// subset; in the order of their labels.
using CellGroup = std::vector<StoredCell>;

/// The cells of an experiment, groups in the order in which they were planned.
std::vector<CellGroup> load_cell_groups(Database& database, const std::string& experiment);

/// The stored cell of this experiment, model, task, subset and label; empty when there is none.
std::optional<StoredCell> find_cell(Database& database, const PlannedCell& like);

/// The scores of a row, in the order of the metrics; empty where it has none.
std::vector<std::optional<double>> load_scores(Database& database, int64_t row_id,
                                               const std::vector<std::string>& metrics);

/// The rows of a cell's current version, sorted by sample, then round.
std::vector<Observation> load_observations(Database& database, const StoredCell& cell);

/// Computes the figures of those cells of a group for which `wanted` says so, in order. Pairs are
/// taken with the group's baseline where model file, data, protocol, dtype, device and seed agree,
/// also with rows that its own figures count no more: a setting of a search keeps its figures when
/// another run, at the same moment perhaps, asks for other settings. Pairs of times are as
/// ttft_pairs() and e2e_pairs() say.
struct ComputedSummary {
  int64_t cell_id;
  CellSummary summary;
};
std::vector<ComputedSummary> summarise_group(Database& database, const CellGroup& group,
                                             const std::vector<bool>& wanted);

}  // namespace skipbench
