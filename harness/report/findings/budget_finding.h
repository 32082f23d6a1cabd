#pragma once

#include "harness/report/findings/phrases.h"
#include "harness/report/tables/cell_grid.h"

namespace skipbench {

/// That methods were given unequal budgets: which few depart from the ideal speed-up of the
/// others, or the task where what they save lies farthest apart. Without text where budgets are
/// equal or accuracies are not at issue.
Finding budget_finding(const CellGrid& grid);

}  // namespace skipbench
