#include "harness/cli/completion/completion.h"

namespace skipbench {
namespace {

CompletionOption option_of(const CLI::App& command, const CLI::Option& option) {
  CompletionOption found;
  for (const std::string& name : option.get_lnames()) found.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) found.names.push_back("-" + name);
  found.description = option.get_description();
  found.takes_value = option.get_items_expected_max() > 0;
  found.values = completion_values(command, option);
  return found;
}

CompletionCommand command_of(const CLI::App& app, const std::string& name) {
  CompletionCommand command{name, app.get_description(), {}};
  for (const CLI::Option* option : app.get_options({})) {
    command.options.push_back(option_of(app, *option));
  }
  // Options of a group, such as trace's prompt, lie in a nameless sub-command.
  for (const CLI::App* group : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!group->get_name().empty()) continue;
    for (const CLI::Option* option : group->get_options({})) {
      command.options.push_back(option_of(app, *option));
    }
  }
  return command;
}

}  // namespace

std::vector<CompletionCommand> completion_commands(const CLI::App& app) {
  std::vector<CompletionCommand> commands{command_of(app, "")};
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_name().empty()) commands.push_back(command_of(*command, command->get_name()));
  }
  return commands;
}

}  // namespace skipbench
