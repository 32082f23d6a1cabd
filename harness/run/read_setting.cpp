#include "harness/run/read_setting.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "harness/search/reading.h"
#include "harness/store/queries.h"

namespace skipbench {
namespace {

// Whether the experiment still has the cell's task.
bool has_task(const Plan& plan, const PlannedCell& cell) {
  return std::any_of(plan.tasks.begin(), plan.tasks.end(), [&](const PlannedTask& task) {
    return task.spec.task == cell.task &&
           std::any_of(task.subsets.begin(), task.subsets.end(),
                       [&](const Subset& subset) { return subset.name == cell.subset; });
  });
}

}  // namespace

// Whether the plan names the cell does not matter here: another run of the experiment, with other
// settings, may be planning at this moment.
Probe read_setting(const Plan& plan, const PlannedSearch& search, double factor,
                   const std::filesystem::path& database) {
  const std::string label = search.cell_at(factor).label;
  std::vector<CellSummary> cells;
  for (CellRecord& cell : StoreReader(database).cells(plan.experiment.name)) {
    const bool ours = cell.plan.label == label &&
                      cell.plan.model == plan.models[search.model].name &&
                      has_task(plan, cell.plan);
    if (ours) cells.push_back(std::move(cell.summary));
  }
  return read_probe(factor, search.spec.goal.figure, cells);
}

}  // namespace skipbench
