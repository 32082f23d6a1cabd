#pragma once

#include "harness/report/findings/phrases.h"
#include "harness/report/tables/cell_grid.h"

namespace skipbench {

/// That the baseline's time to first token hardly grows with the prompt, so that fixed costs hide
/// what skipping tokens saves, as the launches of kernels do for a small model on a GPU; without
/// text where times grow, or where no two tasks' prompts differ enough to tell.
Finding fixed_cost_finding(const CellGrid& grid);

}  // namespace skipbench
