#pragma once

#include <string>

namespace skipbench {

/// A word as a shell reads it: as it is where that is safe, else in single quotes.
std::string shell_quoted(const std::string& word);

/// How a command ended, and what it wrote to its standard output.
struct CommandResult {
  int exit_code = 0;  // 127 where there is no such command
  std::string output;
};

/// Runs a command line through the shell and waits for it.
CommandResult run_shell(const std::string& command);

}  // namespace skipbench
