#pragma once

#include "harness/report/cell_grid.h"
#include "harness/report/page/phrases.h"

namespace skipbench {

/// That methods were given unequal budgets: which few depart from the promised speed-up of the
/// others, or the task where what they save lies farthest apart. Without text where budgets are
/// equal or accuracies are not at issue.
Finding budget_finding(const CellGrid& grid);

}  // namespace skipbench
