#include <algorithm>

#include "harness/cli/completion/completion.h"
#include "harness/report/report.h"
#include "harness/tasks/task.h"
#ifdef SKIPBENCH_ENGINE
#include "harness/checkpoint/checkpoint_names.h"
#include "methods/interface/registry.h"
#endif

namespace skipbench {
namespace {

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const TaskEntry& task : all_tasks()) names.emplace_back(task.name);
  return names;
}

// The choices of a CLI::IsMember: its option's type reads "TEXT:{text,json}".
std::vector<std::string> checked_values(const CLI::Option& option) {
  std::string type = option.get_type_name();
  const size_t open = type.find('{'), close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) return {};
  return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

#ifdef SKIPBENCH_ENGINE
std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const MethodEntry& method : all_methods()) names.push_back(method.name);
  return names;
}

std::vector<std::string> engine_values(const std::string& command, const std::string& option) {
  if (option == "--checkpoint") return checkpoint_names();
  if (option == "--method" || command == "methods") return method_names();
  if (option == "--device") return {"auto", "cpu", "cuda", "cuda:0"};
  if (option == "--dtype") return {"auto", "fp32", "bf16", "fp16"};
  if (option == "--texts") {
    std::vector<std::string> names = task_names();
    names.emplace_back("builtin");
    return names;
  }
  return {};
}
#else
std::vector<std::string> engine_values(const std::string&, const std::string&) {
  return {};
}
#endif

}  // namespace

std::vector<std::string> completion_values(const CLI::App& command, const CLI::Option& option) {
  const std::vector<std::string> checked = checked_values(option);
  if (!checked.empty() || option.get_items_expected_max() == 0) return checked;
  const std::string name = option.get_name();  // a long name where there is one
  if (name == "--format" && command.get_name() == "report") {
    return {report_formats().begin(), report_formats().end()};
  }
  if (name == "--format") return {"text", "json"};
  if (command.get_name() == "tasks" || name == "--task") return task_names();
  return engine_values(command.get_name(), name);
}

}  // namespace skipbench
