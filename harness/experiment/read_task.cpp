#include "harness/experiment/read_task.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/tasks/task.h"
#include "harness/yaml/yaml_values.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

bool is_unknown(const std::string& key, const TaskEntry& entry) {
  const std::vector<FieldDescription> fields = entry.describe();
  return std::none_of(fields.begin(), fields.end(), [&](const FieldDescription& field) {
    return key == field.name || key.starts_with(field.name + "[");
  });
}

// What to write for `samples` where a task has all of its rows from files; "" for other keys.
std::string instead_of_samples(const std::string& key, const TaskEntry& entry) {
  static const std::vector<std::string> kSamples{"samples"};
  if (nearest_name(key, kSamples).empty()) return "";
  if (!is_unknown("samples", entry) || is_unknown("limit", entry)) return "";
  return fmt::format("the task '{}' reads its samples from files; 'limit' keeps the first so many",
                     entry.name);
}

// True when the parameters are in order.
bool read_parameters_of(const TaskEntry& entry, const Json& given, const YamlNode& node,
                        TaskSpec& spec, Problems& problems) {
  std::vector<ParameterProblem> found;
  spec.params = entry.resolve(given, found);
  for (const ParameterProblem& problem : found) {
    const std::string message = fmt::format("'{}': {}", problem.key, problem.message);
    if (is_unknown(problem.key, entry)) {
      const std::string instead = instead_of_samples(problem.key, entry);
      problems.add_cause(node.locate(problem.key),
                         instead.empty() ? message : fmt::format("'{}': {}", problem.key, instead));
    } else {
      problems.add(node.locate(problem.key), message);
    }
  }
  return found.empty();
}

void find_file(TaskSpec& spec, const YamlNode& node, const std::filesystem::path& folder,
               Problems& problems) {
  try {
    spec.params["file"] = find_input_file(spec.params["file"].get<std::string>(), folder);
  } catch (const InputError& error) {
    problems.add(node.locate("file"), error.what());
  }
}

}  // namespace

TaskSpec read_task(const YamlNode& node, const std::filesystem::path& folder, Problems& problems) {
  MapReader map(node, "a task", problems);
  TaskSpec spec;
  spec.line = node.where.line;
  if (map.require("task") == nullptr) return spec;
  const std::string name = map.text("task", "");
  try {
    const TaskEntry& entry = find_task(name);
    spec.task = entry.name;
    const Json given = to_json(map.rest(), problems);
    const bool in_order = read_parameters_of(entry, given, node, spec, problems);
    if (in_order && spec.params.contains("file")) find_file(spec, node, folder, problems);
  } catch (const InputError& error) {
    problems.add(node.find("task")->where, error.what());
  }
  return spec;
}

std::string find_input_file(const std::string& given, const std::filesystem::path& folder) {
  const std::filesystem::path file = given;
  if (file.is_absolute()) return given;
  const std::filesystem::path beside = folder / file;
  if (std::filesystem::exists(beside)) return beside.string();
  if (std::filesystem::exists(file)) return given;
  throw InputError(
      fmt::format("'{}' is neither beside the experiment ({}) nor in the working directory ({})",
                  given, beside.string(), (std::filesystem::current_path() / file).string()));
}

}  // namespace skipbench
