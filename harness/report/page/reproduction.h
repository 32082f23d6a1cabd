#pragma once

#include <string>
#include <vector>

#include "harness/report/judge/report_data.h"

namespace skipbench {

/// How to measure one cell again: the commands for a clone of the repository, the run's own among
/// them.
struct Reproduction {
  std::string label, task;
  std::vector<std::string> commands;
};

/// Of every cell that shows figures, by the run that asked for it last.
std::vector<Reproduction> reproductions_of(const ModelCells& model,
                                           const std::vector<RunRecord>& runs);

/// The run's command as it is stored, for one label, one task (empty: all) and a database of its
/// own.
std::string command_for_cell(const std::string& command, const std::string& label,
                             const std::string& task);

}  // namespace skipbench
