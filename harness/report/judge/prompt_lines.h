#pragma once

#include <string>
#include <vector>

#include "harness/report/judge/report_data.h"

namespace skipbench {

/// What the mark drifting-times says: a line with the task where the baseline's times drift most
/// and with what became of speed-ups there, and one with the two tasks on which a method's
/// speed-ups lie farthest apart. Either may be missing.
std::vector<std::string> drift_lines(const ModelCells& model);

/// "154 of 237 prompts were cut to fit, by 5,210 tokens on average."; empty where none was.
std::string truncation_line(const ModelCells& model);

}  // namespace skipbench
