#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/report/judge/report_data.h"

namespace skipbench {

/// One model's cells by method and task: labels in the experiment's order, tasks in order of
/// appearance. Borrows the cells.
struct CellGrid {
  std::vector<std::string> labels, tasks;
  std::map<std::pair<std::string, std::string>, const JudgedCell*> cells;

  /// Null where the method has no cell on the task.
  const JudgedCell* find(const std::string& label, const std::string& task) const;
};

/// `wanted` chooses the tasks: those with a cell for which it holds.
CellGrid make_grid(const ModelCells& model, const std::function<bool(const JudgedCell&)>& wanted);

}  // namespace skipbench
