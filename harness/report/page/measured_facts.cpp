#include "harness/report/page/measured_facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/base/add_once.h"
#include "kernels/base/json.h"

namespace skipbench {
namespace {

void add_if_said(std::vector<std::string>& list, const std::string& text) {
  if (!text.empty()) add_once(list, text);
}

/// "smollm2-135m (bf16, file hash b179c9523d0e)", of the entry with this name.
std::string model_words(const Json& config, const std::string& name) {
  for (const Json& model : config.value("models", Json::array())) {
    if (model.value("name", "") != name) continue;
    const std::string checkpoint = model.value("checkpoint", ""), hash = model.value("hash", "");
    return fmt::format("{}{} ({}, hash {})", name, checkpoint == name ? "" : " from " + checkpoint,
                       model.value("dtype", ""), hash.substr(0, 12));
  }
  return name;
}

/// "longbench (data data/minilongbench, max_length 7500)": what names or limits the prompts.
std::string task_words(const Json& task) {
  std::vector<std::string> parts;
  const Json params = task.value("params", Json::object());
  for (const char* key : {"data", "file", "max_length", "lengths", "samples", "subsets"}) {
    const auto found = params.find(key);
    if (found == params.end() || found->is_null() || found->empty()) continue;
    const std::string value = found->is_string() ? found->get<std::string>() : found->dump();
    if (!value.empty()) parts.push_back(fmt::format("{} {}", key, value));
  }
  const std::string name = task.value("task", "");
  return parts.empty() ? name : fmt::format("{} ({})", name, fmt::join(parts, ", "));
}

/// "2026-11-26", or "2026-11-26 to 2026-11-27".
std::string dates_words(const std::vector<std::string>& days) {
  if (days.empty()) return "";
  const auto [first, last] = std::minmax_element(days.begin(), days.end());
  return *first == *last ? *first : *first + " to " + *last;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> measured_facts(
    const ModelCells& model, const std::vector<RunRecord>& runs) {
  constexpr size_t kDay = 10;  // characters of "2026-11-26"
  std::vector<std::string> models, tasks, programs, days;
  for (const RunRecord& run : runs) {
    if (run.current_rows == 0) continue;
    const Json config = Json::parse(run.info.config_json, nullptr, false);
    if (config.is_object()) {
      add_if_said(models, model_words(config, model.model));
      for (const Json& task : config.value("tasks", Json::array())) {
        add_if_said(tasks, task_words(task));
      }
    }
    add_if_said(programs, fmt::format("SkipBench, commit {}{}", run.info.git_commit.substr(0, 9),
                                      run.info.git_dirty ? " with uncommitted changes" : ""));
    add_if_said(days, run.started_at.substr(0, kDay));
    add_if_said(days, run.ended_at.substr(0, kDay));
  }
  std::vector<std::pair<std::string, std::string>> facts;
  const auto add = [&facts](const char* name, const std::string& words) {
    if (!words.empty()) facts.emplace_back(name, words);
  };
  add("Model", models.empty() ? model.model : fmt::format("{}", fmt::join(models, "; ")));
  add("Data", fmt::format("{}", fmt::join(tasks, "; ")));
  add("Program", fmt::format("{}", fmt::join(programs, "; ")));
  add("Measured on", dates_words(days));
  return facts;
}

}  // namespace skipbench
