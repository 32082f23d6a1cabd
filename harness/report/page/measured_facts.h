#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/report/judge/report_data.h"

namespace skipbench {

/// What the figures are about, by name: model, data, program and dates, in words, of the runs whose
/// rows the tables use.
std::vector<std::pair<std::string, std::string>> measured_facts(const ModelCells& model,
                                                                const std::vector<RunRecord>& runs);

}  // namespace skipbench
