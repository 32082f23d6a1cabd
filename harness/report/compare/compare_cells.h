#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "harness/report/compare/comparison.h"

namespace skipbench {

/// A cell, the database that holds it, and its rows.
struct Side {
  const StoreReader* reader;
  const JudgedCell* cell;
  std::span<const Observation> rows;      // sorted by sample, then round
  std::span<const Observation> baseline;  // the rows that the cell's baseline has, or none
};

/// The rows of cells, each cell's read once however many others it is compared with.
class CellRows {
 public:
  /// baseline: of the cell; null where it has none.
  Side side(const StoreReader& reader, const JudgedCell& cell, const JudgedCell* baseline);

 private:
  std::span<const Observation> rows_of(const StoreReader& reader, const JudgedCell& cell);

  std::map<const JudgedCell*, std::vector<Observation>> rows_;
};

/// One figure's values on the samples that both sides have, each sample's rounds averaged: accuracy
/// repeats from round to round, and settings of a search have rounds of their own. Differences are
/// second - first.
struct PairedValues {
  PromptValues first, second, differences;
};

/// Compares two labels on one model, task by task, and then over the tasks.
class CellComparer {
 public:
  /// Names and notes of `result` are the caller's; its figures are filled here.
  explicit CellComparer(Comparison& result) : result_(result) {}

  /// Adds a task. Times are compared where both sides are of one database: numbers of runs, by
  /// which times pair, say nothing across two. Two labels that no run timed in turns, such as two
  /// settings of a search, are compared by their speed-ups over the baseline beside each. Where one
  /// side shows accuracy alone, so does the comparison.
  void add(const Side& first, const Side& second);

  /// After the last task.
  void finish();

 private:
  Comparison& result_;
  std::map<std::string, std::vector<PairedValues>> tasks_of_;  // by figure
};

}  // namespace skipbench
