#include "harness/report/tables/cell_grid.h"

#include <algorithm>

namespace skipbench {

const JudgedCell* CellGrid::find(const std::string& label, const std::string& task) const {
  const auto found = cells.find({label, task});
  return found == cells.end() ? nullptr : found->second;
}

CellGrid make_grid(const ModelCells& model, const std::function<bool(const JudgedCell&)>& wanted) {
  CellGrid grid;
  std::map<std::string, int64_t> label_order;
  for (const JudgedCell& cell : model.cells) {
    const PlannedCell& plan = cell.record.plan;
    const std::string task = task_name(plan);
    grid.cells[{plan.label, task}] = &cell;
    if (label_order.emplace(plan.label, plan.order).second) grid.labels.push_back(plan.label);
    const bool is_new = std::find(grid.tasks.begin(), grid.tasks.end(), task) == grid.tasks.end();
    if (is_new && wanted(cell)) grid.tasks.push_back(task);
  }
  std::stable_sort(
      grid.labels.begin(), grid.labels.end(),
      [&](const std::string& a, const std::string& b) { return label_order[a] < label_order[b]; });
  return grid;
}

}  // namespace skipbench
