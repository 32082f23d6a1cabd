#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/cli/completion/completion.h"

namespace skipbench {
namespace {

// COMP_WORDS is split at colons, which checkpoints (random:llama-3.1-8b) have: the line is split
// here.
constexpr const char* kBashHead = R"bash(_skipbench() {
  local line=${COMP_LINE:0:COMP_POINT} current previous command= word words= files=
  local -a typed
  read -ra typed <<<"$line"
  current=${line##*[[:space:]]}
  [ -n "$current" ] && unset 'typed[-1]'
  previous=${typed[-1]:-}
  for word in "${typed[@]:1}"; do
    case $word in
)bash";

constexpr const char* kBashTail = R"bash(  COMPREPLY=()
  local reply
  while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(
    compgen -W "$words" -- "$current"
    [ -z "$files" ] || compgen -f -- "$current"
  )
  # Bash replaces only what follows the last colon of the word.
  if [[ $current == *:* ]]; then
    local prefix=${current%"${current##*:}"}
    COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
  fi
}
complete -o filenames -F _skipbench skipbench
)bash";

std::string bash_value_case(const CompletionCommand& command, const CompletionOption& option) {
  std::vector<std::string> patterns;
  for (const std::string& name : option.names) {
    patterns.push_back(fmt::format("'{} {}'", command.name, name));
  }
  const bool only_words = !option.values.empty() && option.names.front() != "--checkpoint" &&
                          option.names.front() != "--texts";
  return fmt::format("    {})\n      words='{}'{}\n      ;;\n", fmt::join(patterns, " | "),
                     fmt::join(option.values, " "), only_words ? "" : " files=yes");
}

// The flags of a command, and what its positional argument takes.
std::string bash_word_case(const CompletionCommand& command,
                           const std::vector<std::string>& sub_commands) {
  std::vector<std::string> words = command.name.empty() ? sub_commands : std::vector<std::string>{};
  bool files = false;
  for (const CompletionOption& option : command.options) {
    words.insert(words.end(), option.names.begin(), option.names.end());
    if (!option.names.empty()) continue;
    words.insert(words.end(), option.values.begin(), option.values.end());
    files = files || option.values.empty();
  }
  return fmt::format("        '{}') words='{}'{} ;;\n", command.name, fmt::join(words, " "),
                     files ? " files=yes" : "");
}

std::vector<std::string> names_of(const std::vector<CompletionCommand>& commands) {
  std::vector<std::string> names;
  for (const CompletionCommand& command : commands) {
    if (!command.name.empty()) names.push_back(command.name);
  }
  return names;
}

std::string bash_functions(const std::vector<CompletionCommand>& commands) {
  const std::vector<std::string> names = names_of(commands);
  std::string text = kBashHead;
  text += fmt::format("      {}) command=$word && break ;;\n    esac\n  done\n",
                      fmt::join(names, " | "));
  text += "  case \"$command $previous\" in\n";
  for (const CompletionCommand& command : commands) {
    for (const CompletionOption& option : command.options) {
      if (option.takes_value && !option.names.empty()) text += bash_value_case(command, option);
    }
  }
  text += "    *)\n      case $command in\n";
  for (const CompletionCommand& command : commands) text += bash_word_case(command, names);
  return text + "      esac\n      ;;\n  esac\n" + kBashTail;
}

std::string fish_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text)
    quoted += c == '\'' || c == '\\' ? fmt::format("\\{}", c) : std::string(1, c);
  return quoted + "'";
}

std::string fish_option(const CompletionCommand& command, const CompletionOption& option) {
  const std::string where = command.name.empty()
                                ? "__fish_use_subcommand"
                                : fmt::format("__fish_seen_subcommand_from {}", command.name);
  std::string line = fmt::format("complete -c skipbench -n '{}'", where);
  for (const std::string& name : option.names) {
    const bool is_long = name.starts_with("--");
    line += fmt::format(" -{} {}", is_long ? "l" : "s", name.substr(is_long ? 2 : 1));
  }
  if (option.takes_value && !option.names.empty()) line += " -r";
  if (!option.values.empty()) {
    line += fmt::format(" -a {}", fish_quoted(fmt::format("{}", fmt::join(option.values, " "))));
  }
  return fmt::format("{} -d {}\n", line, fish_quoted(option.description));
}

}  // namespace

std::string bash_completion(const std::vector<CompletionCommand>& commands) {
  return "# bash completion of skipbench, by 'skipbench completion bash'\n" +
         bash_functions(commands);
}

std::string zsh_completion(const std::vector<CompletionCommand>& commands) {
  return "#compdef skipbench\n# zsh completion of skipbench, by 'skipbench completion zsh'\n"
         "autoload -Uz bashcompinit && bashcompinit\n" +
         bash_functions(commands);
}

std::string fish_completion(const std::vector<CompletionCommand>& commands) {
  std::string text = "# fish completion of skipbench, by 'skipbench completion fish'\n";
  for (const CompletionCommand& command : commands) {
    if (!command.name.empty()) {
      text += fmt::format("complete -c skipbench -n __fish_use_subcommand -f -a {} -d {}\n",
                          command.name, fish_quoted(command.description));
    }
    for (const CompletionOption& option : command.options) {
      const bool says_nothing = option.names.empty() && option.values.empty();  // a file
      if (!says_nothing) text += fish_option(command, option);
    }
  }
  return text;
}

}  // namespace skipbench
