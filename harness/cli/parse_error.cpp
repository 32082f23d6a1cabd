#include "harness/cli/parse_error.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/cli/completion.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

// The sub-command among the words, or the program.
CompletionCommand command_in(const std::vector<CompletionCommand>& commands,
                             const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    for (const CompletionCommand& command : commands) {
      if (!command.name.empty() && command.name == word) return command;
    }
  }
  return commands.front();
}

std::string hint_for_flags(const CompletionCommand& command,
                           const std::vector<std::string>& words) {
  std::vector<std::string> known;
  for (const CompletionOption& option : command.options) {
    known.insert(known.end(), option.names.begin(), option.names.end());
  }
  std::string hints;
  for (const std::string& word : words) {
    const std::string flag = word.substr(0, word.find('='));
    if (!flag.starts_with("-")) continue;
    if (std::find(known.begin(), known.end(), flag) != known.end()) continue;
    const std::string nearest = nearest_name(flag, known);
    if (!nearest.empty())
      hints += fmt::format("unknown flag '{}'; did you mean '{}'?\n", flag, nearest);
  }
  return hints;
}

}  // namespace

std::string parse_hint(const CLI::App& app, const CLI::ParseError& error,
                       const std::vector<std::string>& words) {
  const CompletionCommand command = command_in(completion_commands(app), words);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    return hint_for_flags(command, words);
  }
  const bool missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  if (!missing || command.name.empty()) return "";
  const std::string flags =
      hint_for_flags(command, words);  // a misspelt one may be the missing one
  return flags + app.get_subcommand(command.name)->get_footer() + "\n";
}

}  // namespace skipbench
