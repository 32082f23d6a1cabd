#pragma once

#include <vector>

#include "harness/store/cell_rows.h"

namespace skipbench {

/// Adds to the figures of a whole group, for each metric and the loss, the label that is best and
/// every other cell's p-value of no difference to it (accuracy_p_value()). Reports that find
/// another best, because they hide some of the cells, compute their own.
void add_ranks(Database& database, const CellGroup& group, std::vector<ComputedSummary>& summaries);

}  // namespace skipbench
