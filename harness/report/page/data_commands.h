#pragma once

#include <string>
#include <vector>

#include "harness/store/store.h"

namespace skipbench {

/// How the data of a task come to where a run read them.
struct DataCommands {
  std::vector<std::string> commands;  // in a clone of the repository; none for what is built in
  std::string note;                   // what the commands leave open; else empty
};

/// Of the task's entries in the run's configuration.
DataCommands data_commands(const RunInfo& run, const std::string& task);

}  // namespace skipbench
