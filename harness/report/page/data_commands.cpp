#include "harness/report/page/data_commands.h"

#include <fmt/format.h>

#include "harness/base/add_once.h"
#include "harness/base/shell.h"
#include "kernels/base/json.h"

namespace skipbench {
namespace {

constexpr std::string_view kFetch = "scripts/fetch_longbench", kOfficial = "data/longbench";
constexpr std::string_view kPart = "data/minilongbench";
constexpr std::string_view kPartCounts = "experiments/longbench/minilongbench/expected_counts.json";
constexpr const char* kPartNote =
    "DIR is the folder of MiniLongBench's .jsonl files (data.zip of "
    "huggingface.co/datasets/linggm/MiniLongBench, unpacked).";

std::string fetch_into(const std::string& folder) {
  std::string command(kFetch);
  return folder == kOfficial ? command : command + " --into " + shell_quoted(folder);
}

/// A part of LongBench takes its prompts from the official files, whose folder `config` lies in.
void add_longbench(const Json& params, DataCommands& data) {
  const std::string rows = params.value("data", std::string());
  const std::string config = params.value("config", std::string());
  const std::string suffix = "/config";
  if (config.empty()) {
    add_once(data.commands, fetch_into(rows));
    return;
  }
  if (config.ends_with(suffix)) {
    add_once(data.commands, fetch_into(config.substr(0, config.size() - suffix.size())));
  }
  if (rows == kPart) {
    add_once(data.commands, "# DIR: the folder of MiniLongBench's .jsonl files");
    add_once(data.commands,
             fmt::format("{} --from DIR --into {} --part {}", kFetch, kPart, kPartCounts));
    add_once(data.notes, kPartNote);
  } else {
    add_once(data.notes, fmt::format("The rows that were measured lay in {}.", rows));
  }
}

void add_jsonl(const Json& params, DataCommands& data) {
  const std::string file = params.value("file", std::string());
  if (!file.empty()) {
    add_once(data.notes,
             fmt::format("The task needs the file {}, there or beside the experiment.", file));
  }
}

}  // namespace

DataCommands data_commands(const RunInfo& run, const std::string& task) {
  DataCommands data;
  const Json config = Json::parse(run.config_json, nullptr, false);
  if (!config.is_object() || (task != "longbench" && task != "jsonl")) return data;
  for (const Json& entry : config.value("tasks", Json::array())) {
    if (entry.value("task", std::string()) != task) continue;
    const Json params = entry.value("params", Json::object());
    task == "jsonl" ? add_jsonl(params, data) : add_longbench(params, data);
  }
  return data;
}

}  // namespace skipbench
