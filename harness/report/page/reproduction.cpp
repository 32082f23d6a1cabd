#include "harness/report/page/reproduction.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "harness/base/known_models.h"
#include "harness/base/shell.h"
#include "harness/report/judge/fields.h"
#include "harness/report/page/data_commands.h"
#include "kernels/base/json.h"

namespace skipbench {
namespace {

constexpr std::string_view kProgram = "build/release/skipbench", kDatabase = "results/again.db";

/// The words of a command line that shell_quoted() made.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  bool in_word = false, in_quotes = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == ' ' && !in_quotes) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == '\'') {
      in_quotes = !in_quotes;
    } else if (c == '\\' && !in_quotes && i + 1 < line.size()) {
      words.back() += line[++i];
    } else {
      words.back() += c;
    }
  }
  return words;
}

/// Options that say which part of the experiment runs and where its rows go, not what is measured.
bool is_replaced(const std::string& word) {
  static constexpr std::array<std::string_view, 6> kReplaced{
      "--db", "--only", "--exclude", "--task", "--predictions", "--workers"};
  return std::any_of(kReplaced.begin(), kReplaced.end(), [&word](std::string_view option) {
    return word == option || word.starts_with(std::string(option) + '=');
  });
}

/// A glob that matches this text alone.
std::string literal_glob(const std::string& text) {
  std::string glob;
  for (const char c : text) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) glob += '\\';
    glob += c;
  }
  return glob;
}

const RunRecord* run_of(const JudgedCell& cell, const std::vector<RunRecord>& runs) {
  const auto found = std::find_if(runs.begin(), runs.end(), [&cell](const RunRecord& run) {
    return run.id == cell.record.last_run;
  });
  return found == runs.end() ? nullptr : &*found;
}

/// Whether the commit of the run has --task: programs that have it store what it was.
bool knows_task_filter(const RunRecord& run) {
  const Json config = Json::parse(run.info.config_json, nullptr, false);
  return config.is_object() && config.contains("task_filter");
}

std::string expected_of(const JudgedCell& cell) {
  std::vector<std::string> parts;
  const auto add = [&](std::string_view id, std::string_view low, std::string_view high,
                       const std::string& mark = "") {
    const CellField& field = cell_field(id);
    const FieldValue value = visible_value(field, cell);
    if (std::holds_alternative<std::monostate>(value)) return;
    const auto bound = [&cell](std::string_view name) {
      return name.empty() ? FieldValue() : visible_value(cell_field(name), cell);
    };
    parts.push_back(
        fmt::format("{} {}", field.heading,
                    format_interval(value, bound(low), bound(high), field.unit) + mark));
  };
  if (!cell.record.summary.random_weights) {
    for (const MetricSummary& metric : cell.record.summary.metrics) {
      if (!metric.score) continue;
      std::string name = metric.metric;
      std::replace(name.begin(), name.end(), '_', ' ');
      parts.push_back(fmt::format("{} {}", name, format_value(*metric.score, Unit::kPoints)));
    }
    add("answer_nll_mean", "", "");
  }
  add("ttft_ms_median", "ttft_ms_q1", "ttft_ms_q3");
  if (!cell.record.plan.is_baseline) {
    add("speedup_ttft", "speedup_ttft_low", "speedup_ttft_high", speedup_mark(cell));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

std::string command_for_cell(const std::string& command, const std::string& label,
                             const std::string& task) {
  const std::vector<std::string> words = words_of(command);
  std::string line(kProgram);
  for (size_t i = 1; i < words.size(); ++i) {
    if (is_replaced(words[i])) {
      if (words[i].find('=') == std::string::npos) ++i;  // its value is the next word
      continue;
    }
    if (words[i] != "--retry-failed") line += ' ' + shell_quoted(words[i]);
  }
  line += " --only " + shell_quoted(literal_glob(label));
  if (!task.empty()) line += " --task " + shell_quoted(literal_glob(task));
  return fmt::format("{} --db {}", line, kDatabase);
}

std::vector<Reproduction> reproductions_of(const ModelCells& model,
                                           const std::vector<RunRecord>& runs) {
  std::vector<Reproduction> list;
  for (const JudgedCell& cell : model.cells) {
    const RunRecord* run = run_of(cell, runs);
    if (!cell.shows_figures() || run == nullptr) continue;
    Reproduction& one = list.emplace_back();
    one.label = cell.record.plan.label;
    one.task = task_name(cell.record.plan);
    one.machine = fmt::format("{}, {}", cell.record.version.device, cell.record.version.dtype);
    if (run->info.git_dirty) {
      one.warning =
          "The program was built from sources with uncommitted changes: the commit alone "
          "need not give the same figures.";
    }
    if (!run->info.git_commit.empty() && run->info.git_commit != "unknown") {
      one.commands.push_back("git checkout " + run->info.git_commit);
    }
    one.commands.push_back("scripts/bootstrap");
    if (is_known_model(cell.record.plan.model)) {
      one.commands.push_back("scripts/fetch_model " + cell.record.plan.model);
    }
    const DataCommands data = data_commands(run->info, cell.record.plan.task);
    one.commands.insert(one.commands.end(), data.commands.begin(), data.commands.end());
    one.data = fmt::format("{}", fmt::join(data.notes, " "));
    one.commands.push_back("scripts/build skipbench");
    const bool searched = !cell.search_label.empty();
    const bool filtered = !searched && knows_task_filter(*run);
    if (!filtered) one.scope = "The commands measure all tasks of the experiment.";
    one.commands.push_back(command_for_cell(
        run->info.command, searched ? cell.search_label : one.label, filtered ? one.task : ""));
    one.commands.push_back(fmt::format("{} report {}", kProgram, kDatabase));
    one.expected = expected_of(cell);
  }
  return list;
}

}  // namespace skipbench
