#pragma once

#include <string>
#include <vector>

#include "harness/report/judge/report_data.h"
#include "harness/report/tables/document.h"

namespace skipbench {

/// The default tables of one experiment on one model. Rows are methods in the experiment's order.
/// Accuracy: a column per task and metric; empty without metrics or with random weights.
Table accuracy_table(const ModelCells& model);

/// Fidelity to the baseline: loss of the gold answer, its paired difference and the KL, per task.
Table fidelity_table(const ModelCells& model);

/// Speed and work: rows are grouped by task.
Table speed_table(const ModelCells& model);

/// The tables above that have something to show.
std::vector<Table> model_tables(const ModelCells& model);

}  // namespace skipbench
