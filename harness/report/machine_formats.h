#pragma once

#include <string>
#include <vector>

#include "harness/report/report_data.h"

namespace skipbench {

/// One line per cell and metric (a cell without metrics has one line), all fields; unknown values
/// are empty. Figures of outdated cells are left out, those of inactive cells are in, and `state`
/// says so. RFC 4180.
std::string print_csv(const std::vector<ExperimentData>& experiments);

/// The same as an object: experiments, their models with marks and notes, cells with their metrics;
/// the runs with `provenance`. Unknown values are null.
std::string print_json(const std::vector<ExperimentData>& experiments, bool provenance,
                       bool checked);

}  // namespace skipbench
