#include <fmt/format.h>

#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/completion/completion.h"

namespace skipbench {
namespace {

int print_completion(const CLI::App& app, const std::string& shell) {
  const std::vector<CompletionCommand> commands = completion_commands(app);
  if (shell == "bash") fmt::print("{}", bash_completion(commands));
  if (shell == "zsh") fmt::print("{}", zsh_completion(commands));
  if (shell == "fish") fmt::print("{}", fish_completion(commands));
  return exit_code::kDone;
}

}  // namespace

void add_completion_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("completion", "Print a shell's completion of this program");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "The shell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer(
      "Example: source <(skipbench completion bash)\n"
      "         skipbench completion zsh > ~/.zfunc/_skipbench\n"
      "         skipbench completion fish > ~/.config/fish/completions/skipbench.fish");
  command->callback(
      [&app, shell, &action] { action = [&app, shell] { return print_completion(app, *shell); }; });
}

}  // namespace skipbench
