#pragma once

#include <string>
#include <vector>

#include "harness/store/store.h"

namespace skipbench {

/// How the data of a task come to where a run read them.
struct DataCommands {
  // In a clone of the repository; none for what is built in, and for a file of one's own.
  std::vector<std::string> commands;
  std::vector<std::string> notes;  // sentences on what the commands leave open
};

/// Of the task's entries in the run's configuration.
DataCommands data_commands(const RunInfo& run, const std::string& task);

}  // namespace skipbench
