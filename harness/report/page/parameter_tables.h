#pragma once

#include <vector>

#include "harness/report/judge/report_data.h"
#include "harness/report/tables/document.h"

namespace skipbench {

/// Of every method its labels and their resolved parameters: those that all labels share in the
/// caption, the others as columns.
std::vector<Table> parameter_tables(const ModelCells& model);

}  // namespace skipbench
