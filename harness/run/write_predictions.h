#pragma once

#include <cstdint>
#include <filesystem>

#include "harness/plan/plan.h"

namespace skipbench {

struct WrittenPredictions {
  int64_t rows = 0;
  int64_t missing = 0;  // of the plan: not measured yet, or failed
};

/// Before a run: makes the folder. Throws InputError when nothing can be written there, and before
/// it is made when no task of the plan has predictions, or when two labels or models have one
/// folder name ("a/b" and "a_b").
void prepare_predictions(const Plan& plan, const std::filesystem::path& folder);

/// Writes what the database holds of the plan's replies in the benchmarks' own formats
/// (Task::prediction_row), for other scorers: FOLDER/<model>/<label>/longbench/qasper.jsonl. Files
/// are written anew, never added to. Throws InputError when one cannot be written.
WrittenPredictions write_predictions(const Plan& plan, const std::filesystem::path& database,
                                     const std::filesystem::path& folder);

}  // namespace skipbench
