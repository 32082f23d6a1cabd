#include "harness/cli/parse_error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <system_error>

#include "harness/cli/completion/completion.h"
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

std::vector<std::string> flags_of(const CompletionCommand& command) {
  std::vector<std::string> known;
  for (const CompletionOption& option : command.options) {
    known.insert(known.end(), option.names.begin(), option.names.end());
  }
  return known;
}

bool takes(const std::vector<std::string>& flags, const std::string& flag) {
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

// "--limit", "-x"; neither "-", "--" nor "-3".
bool is_flag(const std::string& word) {
  const size_t name = word.find_first_not_of('-');
  if (word[0] != '-' || name == std::string::npos) return false;
  return std::isdigit(static_cast<unsigned char>(word[name])) == 0;
}

// The flags among the words that nothing took, each once.
std::vector<std::string> unknown_flags(const std::vector<std::string>& known,
                                       const std::vector<std::string>& words) {
  std::vector<std::string> unknown;
  for (const std::string& word : words) {
    const std::string flag = word.substr(0, word.find('='));
    if (is_flag(flag) && !takes(known, flag) && !takes(unknown, flag)) unknown.push_back(flag);
  }
  return unknown;
}

std::string unknown_flag(const std::string& flag, const std::vector<std::string>& known) {
  const bool is_near = !nearest_name(flag, known).empty();
  // Where methods have parameters, a flag like none of the command's may be meant as one of them.
  if (!is_near && takes(known, "--params")) {
    return fmt::format(
        "unknown flag '{}'; a method's parameters are given together, as --params '{{\"{}\": "
        "...}}'",
        flag, flag.substr(flag.find_first_not_of('-')));
  }
  return fmt::format("unknown flag '{}'{}", flag, suggestion(flag, known));
}

// What the parser says, in words that name the flag and the fix.
std::string plainer(std::string message) {
  const size_t colon = message.find(": ");
  const bool missing =
      message.find("required") != std::string::npos && message.ends_with("missing");
  if (missing && colon != std::string::npos) return message.substr(0, colon) + " needs a value";
  if (message.find("At Most 1 required") != std::string::npos)
    return message.substr(0, colon) + " is given more than once";
  if (message == "A subcommand is required") return "which command?";
  return message;
}

std::string what_is_wrong(const CLI::App& app, const CLI::ParseError& error,
                          const std::vector<std::string>& known) {
  const bool extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  const bool missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  std::vector<std::string> problems;
  // A misspelt flag may be the one that is missing.
  if (extras || missing) {
    for (const std::string& flag : unknown_flags(known, app.remaining(true))) {
      problems.push_back(unknown_flag(flag, known));
    }
  }
  if (problems.empty() && extras) {
    problems.push_back(fmt::format("unexpected: '{}'", fmt::join(app.remaining(true), "', '")));
  } else if (!extras) {
    problems.push_back(plainer(error.what()));
  }
  return fmt::format("{}", fmt::join(problems, "\n"));
}

}  // namespace

CLI::Validator whole_number(int64_t low, int64_t high) {
  const auto check = [low, high](const std::string& text) -> std::string {
    int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, value);
    if (fault == std::errc{} && stop == end && value >= low && value <= high) return "";
    if (high == INT64_MAX)
      return fmt::format("'{}' is not a whole number of at least {}", text, low);
    return fmt::format("'{}' is not a whole number from {} to {}", text, low, high);
  };
  return {check, "", ""};
}

std::string parse_error_text(const CLI::App& app, const CLI::ParseError& error,
                             const std::vector<std::string>& words) {
  const CompletionCommand command = command_in(completion_commands(app), words);
  const std::string name = command.name.empty() ? "" : command.name + " ";
  const bool missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  std::string text = fmt::format("skipbench: {}{}\n", name.empty() ? "" : command.name + ": ",
                                 what_is_wrong(app, error, flags_of(command)));
  if (missing && !command.name.empty())
    text += app.get_subcommand(command.name)->get_footer() + "\n";
  return text + fmt::format("'skipbench {}--help' lists what there is.\n", name);
}

}  // namespace skipbench
