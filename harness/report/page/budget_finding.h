#pragma once

#include "harness/report/cell_grid.h"
#include "harness/report/page/findings.h"

namespace skipbench {

/// That methods were given unequal budgets, from the task where what they save lies farthest apart;
/// without text where budgets are equal or accuracies are not at issue.
Finding budget_finding(const CellGrid& grid);

}  // namespace skipbench
