#pragma once

#include <string>
#include <vector>

#include "harness/report/judge/report_data.h"

namespace skipbench {

/// What holds for all cells: machine, dtype, baseline, samples, code and commit; then the marks.
std::vector<std::string> caption_of(const ModelCells& model, const std::vector<RunRecord>& runs);

/// One line for each thing that a reader must know of single cells: which are inactive, invalid,
/// out of memory, failed, outdated, incomplete or not run, and why.
std::vector<std::string> notes_of(const ModelCells& model);

}  // namespace skipbench
