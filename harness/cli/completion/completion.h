#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace skipbench {

/// What a shell can complete: taken from the parser itself, so that no flag is forgotten.
struct CompletionOption {
  std::vector<std::string> names;  // "--format"; empty for a positional argument
  std::string description;
  bool takes_value = false;
  std::vector<std::string> values;  // known ones; without them a value is a file
};

struct CompletionCommand {
  std::string name, description;
  std::vector<CompletionOption> options;
};

/// The sub-commands; first, without a name, the program itself.
std::vector<CompletionCommand> completion_commands(const CLI::App& app);

/// Words that an option or a positional argument takes: methods, tasks, checkpoints, devices,
/// formats. Empty where it takes files or anything.
std::vector<std::string> completion_values(const CLI::App& command, const CLI::Option& option);

/// A script for the shell to source. Zsh's runs the bash functions under bashcompinit.
std::string bash_completion(const std::vector<CompletionCommand>& commands);
std::string zsh_completion(const std::vector<CompletionCommand>& commands);
std::string fish_completion(const std::vector<CompletionCommand>& commands);

}  // namespace skipbench
