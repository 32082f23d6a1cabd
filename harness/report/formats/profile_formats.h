#pragma once

#include <string>
#include <vector>

#include "harness/report/judge/report_data.h"

namespace skipbench {

/// One line per cell, phase, layer (empty: outside the layers) and group of operations: mean
/// milliseconds of the prefill or of a decode step, and their share of it. RFC 4180.
std::string print_profiles_csv(const std::vector<ExperimentData>& experiments);

/// The same as an object: {"profiles": [{"experiment": ..., "label": ..., "prefill_ms": ...,
/// "selection_share": ..., "entries": [{"phase": ..., "layer": ..., ...}]}]}.
std::string print_profiles_json(const std::vector<ExperimentData>& experiments);

}  // namespace skipbench
