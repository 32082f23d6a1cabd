#pragma once

#include <string>
#include <vector>

#include "harness/report/judge/judged_cell.h"
#include "harness/store/queries.h"
#include "harness/summary/speedup_drift.h"

namespace skipbench {

/// A method whose speed-ups at equal work disagree from task to task beyond what their intervals
/// allow: farthest_apart() with a gap that is TimingNoise::kUnusable.
struct UnsteadyLabel {
  std::string label, slow_task, fast_task;
  TasksApart apart;
};

/// One experiment on one model, judged; cells in the database's order.
struct ModelCells {
  std::string experiment, model;
  std::vector<JudgedCell> cells;
  std::vector<std::string> left_out;  // cells, and models, that the latest plan does not name
  std::vector<std::string> search_notes = {};  // how its searches ended
  std::vector<std::string> preset_notes = {};  // which labels have a preset that was scaled
  std::vector<UnsteadyLabel> unsteady = {};
};

/// All that a report shows of one experiment.
struct ExperimentData {
  std::string name;
  std::vector<ModelCells> models;
  std::vector<RunRecord> runs;
};

/// Reads the experiments (all when `only` is empty). Throws InputError when there is none, or none
/// of that name.
std::vector<ExperimentData> load_experiments(const StoreReader& reader, const std::string& only,
                                             bool allow_mixed);

/// Whether prompts of equal length took very different times within one run of this baseline
/// (time_drift() that is TimingNoise::kUnusable).
bool times_drift(const JudgedCell& cell);

/// "spts on needle 1024".
std::string place_name(const PlannedCell& plan);

/// "needle 1024", or the task alone when it has no subsets.
std::string task_name(const PlannedCell& plan);

}  // namespace skipbench
