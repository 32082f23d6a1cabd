#pragma once

#include <string>

#include "harness/report/report_data.h"

namespace skipbench {

/// The mark drifting-times in words, with the task where times drift most; some cell's
/// times_drift().
std::string drift_line(const ModelCells& model);

/// "154 of 237 prompts were cut to fit, by 5,210 tokens on average."; empty where none was.
std::string truncation_line(const ModelCells& model);

}  // namespace skipbench
