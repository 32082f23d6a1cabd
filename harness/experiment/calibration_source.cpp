#include "harness/experiment/calibration_source.h"

#include <fmt/format.h>

#include "harness/experiment/read_task.h"
#include "harness/tasks/task.h"
#include "harness/yaml/yaml_tree.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

TaskSpec task_of_file(const std::filesystem::path& file) {
  Problems problems;
  const YamlNode root = parse_yaml_file(file, problems);
  TaskSpec task = read_task(root, file.parent_path(), problems);
  problems.throw_if_any();
  return task;
}

TaskSpec task_of_name(const std::string& name) {
  std::vector<std::string> names{"builtin"};
  for (const TaskEntry& entry : all_tasks()) {
    names.emplace_back(entry.name);
    if (entry.name != name) continue;
    TaskSpec task{name, {}, 0};
    std::vector<ParameterProblem> problems;
    task.params = entry.resolve(Json::object(), problems);
    if (problems.empty()) return task;
    throw InputError(fmt::format(
        "the task '{}' has parameters that must be given ({}): name a .yaml file with the task",
        name, problems[0].key));
  }
  throw InputError(
      fmt::format("'texts' is '{}'; expected builtin, a .txt, .jsonl or .yaml file, or a task{}",
                  name, suggestion(name, names)));
}

}  // namespace

CalibrationSpec with_source(CalibrationSpec spec, const std::filesystem::path& folder) {
  if (spec.texts == "builtin") return spec;
  const std::string ending = std::filesystem::path(spec.texts).extension();
  if (ending != ".txt" && ending != ".jsonl" && ending != ".yaml") {
    spec.task = task_of_name(spec.texts);
    return spec;
  }
  spec.texts = find_input_file(spec.texts, folder);
  if (ending == ".yaml") spec.task = task_of_file(spec.texts);
  return spec;
}

}  // namespace skipbench
