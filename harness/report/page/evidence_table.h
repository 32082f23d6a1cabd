#pragma once

#include <vector>

#include "harness/report/judge/report_data.h"
#include "harness/report/tables/document.h"

namespace skipbench {

/// Whether differences are real, of ranked cells: for the main metric and the loss of every task
/// each method's value, its paired difference to the baseline with interval and p-value, and its
/// place beside the best; p-values before and after the correction for the number of methods.
/// Empty without accuracies.
std::vector<Table> evidence_tables(const ModelCells& model);

}  // namespace skipbench
