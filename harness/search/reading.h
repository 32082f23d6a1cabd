#pragma once

#include <span>

#include "harness/search/bisection.h"
#include "harness/summary/summary.h"

namespace skipbench {

/// What the cells of one setting, one a task's subset, say of a figure: the mean over those that
/// have it, each weighing the same, of speed-ups the geometric mean; standard errors are put
/// together as of independent samples.
/// Without a value where no cell has the figure or one of them has failed rows: `why` says so.
Probe read_probe(double factor, SearchFigure figure, std::span<const CellSummary> cells);

}  // namespace skipbench
