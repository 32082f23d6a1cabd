#pragma once

#include <vector>

#include "harness/report/document.h"
#include "harness/report/report_data.h"

namespace skipbench {

/// Of every method its labels and their resolved parameters: those that all labels share in the
/// caption, the others as columns.
std::vector<Table> parameter_tables(const ModelCells& model);

}  // namespace skipbench
