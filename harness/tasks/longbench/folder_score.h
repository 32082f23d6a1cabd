#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/tasks/longbench/expected_counts.h"
#include "harness/tasks/longbench/task_score.h"

namespace skipbench {

/// The mean of a category's tasks, one figure for each of the edition.
struct CategoryMean {
  std::string_view category;
  std::vector<double> figures;
};

/// A folder of predictions, scored.
struct LongBenchScore {
  LongBenchEdition edition;
  CodeRatio ratio;
  std::vector<LongBenchTaskScore> tasks;      // in the benchmark's order
  std::vector<const LongBenchTask*> missing;  // of a complete run

  // Of those tasks that are there, from their rounded figures as published averages are.
  std::vector<CategoryMean> categories;
  std::vector<double> mean_of_categories;  // the benchmark's own average
  std::vector<double> mean_of_tasks;       // what most papers on KV caches report

  std::string sign_of_e;  // why a folder scored as version 1 seems to be LongBench-E; "": nothing

  /// Whether some task's file is not that of a complete run.
  bool incomplete() const;
  /// One line for each problem of a task, one for the tasks that are not there, and one where the
  /// predictions seem to be of the other edition.
  std::vector<std::string> warnings() const;
};

/// Scores every <task>.jsonl or <task>_e.jsonl of the folder. Throws InputError naming the file: a
/// task that the edition does not have, one that is there twice, none at all, rows that cannot be
/// read.
LongBenchScore score_folder(const std::filesystem::path& folder, LongBenchEdition edition,
                            CodeRatio ratio, const ExpectedCounts& expected);

}  // namespace skipbench
