#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/store/samples/cell_rows.h"

namespace skipbench {

/// Adds to the figures of a whole group, for each metric and the loss, the label that is best and
/// every other cell's p-value of no difference to it (accuracy_p_value()). Reports that find
/// another best, because they hide some of the cells, compute their own.
void add_ranks(Database& database, const CellGroup& group, std::vector<ComputedSummary>& summaries);

/// The score of the metric at this place; empty for a cell that an earlier plan gave other metrics.
std::optional<double> score_of(const CellSummary& summary, const std::string& metric, size_t place);

}  // namespace skipbench
