#include "harness/report/page/reproduction.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <regex>

#include "harness/base/shell.h"
#include "kernels/base/json.h"

namespace skipbench {
namespace {

constexpr std::string_view kProgram = "build/release/skipbench", kDatabase = "results/again.db";

/// The words of a command line that shell_quoted() made, as they stand there.
std::vector<std::string> words_of(const std::string& line) {
  static const std::regex word(R"((?:'[^']*'|\\.|[^ '\\])+)");
  return {std::sregex_token_iterator(line.begin(), line.end(), word), {}};
}

/// Options that say which part of the experiment runs and where its rows go, not what is measured.
bool is_replaced(const std::string& word) {
  static constexpr std::array<std::string_view, 7> kReplaced{
      "--db", "--only", "--exclude", "--task", "--shard", "--predictions", "--workers"};
  const std::string option = word.substr(word.starts_with('\'') ? 1 : 0);
  return std::any_of(kReplaced.begin(), kReplaced.end(), [&option](std::string_view replaced) {
    return option == replaced || option.starts_with(std::string(replaced) + '=');
  });
}

/// A glob that matches this text alone, for a shell.
std::string literal_glob(const std::string& text) {
  return shell_quoted(std::regex_replace(text, std::regex(R"([*?[\\])"), R"(\$&)"));
}

/// Whether the commit of the run has --task: programs that have it store what it was.
bool knows_task_filter(const RunRecord& run) {
  const Json config = Json::parse(run.info.config_json, nullptr, false);
  return config.is_object() && config.contains("task_filter");
}

}  // namespace

std::string command_for_cell(const std::string& command, const std::string& label,
                             const std::string& task) {
  const std::vector<std::string> words = words_of(command);
  std::string line(kProgram);
  for (size_t i = 1; i < words.size(); ++i) {
    if (is_replaced(words[i])) {
      if (words[i].find('=') == std::string::npos) ++i;  // its value is the next word
    } else if (words[i] != "--retry-failed") {
      line += ' ' + words[i];
    }
  }
  const bool is_run = words.size() > 1 && words[1] == "run";  // `tune` has no labels to choose from
  if (is_run) line += " --only " + literal_glob(label);
  if (is_run && !task.empty()) line += " --task " + literal_glob(task);
  return fmt::format("{} --db {}", line, kDatabase);
}

std::vector<Reproduction> reproductions_of(const ModelCells& model,
                                           const std::vector<RunRecord>& runs) {
  std::vector<Reproduction> list;
  for (const JudgedCell& cell : model.cells) {
    const auto run = std::find_if(runs.begin(), runs.end(), [&cell](const RunRecord& each) {
      return each.id == cell.record.last_run;
    });
    if (!cell.shows_figures() || run == runs.end()) continue;
    const bool searched = !cell.search_label.empty();
    const std::string label = cell.record.plan.label, task = task_name(cell.record.plan);
    Reproduction& one = list.emplace_back(Reproduction{label, task, {}});
    if (!run->info.git_commit.empty() && run->info.git_commit != "unknown") {
      one.commands.push_back("git checkout " + run->info.git_commit);
    }
    one.commands.push_back("scripts/build skipbench");
    one.commands.push_back(command_for_cell(run->info.command, searched ? cell.search_label : label,
                                            !searched && knows_task_filter(*run) ? task : ""));
    one.commands.push_back(fmt::format("{} report {}", kProgram, kDatabase));
  }
  return list;
}

}  // namespace skipbench
