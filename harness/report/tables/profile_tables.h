#pragma once

#include <vector>

#include "harness/report/judge/report_data.h"
#include "harness/report/tables/document.h"

namespace skipbench {

/// Whether any cell that shows figures has a profile.
bool has_profiles(const std::vector<ExperimentData>& experiments);

/// Where the time of the prefill and of a decode step goes, a row a method, grouped by task; beside
/// the prefill's what was expected of the method and what came of it. Phases that no cell has are
/// left out.
std::vector<Table> profile_tables(const ModelCells& model);

}  // namespace skipbench
