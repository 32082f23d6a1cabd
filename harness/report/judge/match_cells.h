#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/report/judge/report_data.h"

namespace skipbench {

/// Whether the glob (*, ?, [...]) fits the whole text, in whatever case: a checkpoint's folder may
/// be called Llama-3.1-8B-Instruct.
bool fits_glob(const std::string& glob, const std::string& text);

/// Whether one of the globs fits the cell's "task", "task subset" or "subset"; none: all do.
bool is_among_tasks(std::span<const std::string> globs, const PlannedCell& plan);

/// The plans of a model's cells, for find_labels(): in the order of the experiment's labels.
std::vector<PlannedCell> plans_of(const ModelCells& model);

}  // namespace skipbench
