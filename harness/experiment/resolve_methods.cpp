#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/experiment/experiment.h"
#include "harness/experiment/presets.h"
#include "kernels/base/error.h"
#include "methods/registry.h"

namespace skipbench {
namespace {

Json preset_params(const std::string& preset, const MethodEntry& method,
                   const ModelConfig& config) {
  if (preset.empty()) return Json::object();
  if (preset == "auto") return fitting_preset(method, config).params;
  return find_preset(method, preset).params;
}

Json preset_params(const MethodSpec& spec, const MethodEntry& method, const ModelConfig& config) {
  if (method.parts.empty()) return preset_params(spec.preset, method, config);
  Json params = preset_params(spec.preset, find_method(method.parts[0]), config);
  params["then"] = preset_params(spec.then_preset, find_method(method.parts[1]), config);
  return params;
}

bool is_missing(const ParameterProblem& problem) {
  return problem.message.starts_with("must be given");
}

// Where required parameters are missing and no preset was named: those that have them.
std::string preset_hint(const MethodSpec& spec, const std::vector<ParameterProblem>& problems) {
  if (!spec.preset.empty() || std::none_of(problems.begin(), problems.end(), is_missing)) return "";
  std::vector<std::string> names;
  const std::string first = spec.method.substr(0, spec.method.find('+'));
  for (const Preset& preset : load_presets(first)) names.push_back(preset.name);
  if (names.empty()) return "";
  return fmt::format("; a preset of {} has them: auto, {}", first, fmt::join(names, ", "));
}

}  // namespace

MethodCell resolve_method(const MethodSpec& spec, const ModelConfig& config) {
  const MethodEntry method = find_method(spec.method);
  Json given = preset_params(spec, method, config);
  given.update(spec.overrides, /*merge_objects=*/true);
  std::vector<ParameterProblem> problems;
  MethodCell cell{spec.label, spec.method, method.resolve(given, problems)};
  if (problems.empty()) return cell;
  std::vector<std::string> messages;
  for (const ParameterProblem& problem : problems) {
    messages.push_back(fmt::format("'{}': {}", problem.key, problem.message));
  }
  throw InputError(fmt::format("{}{}", fmt::join(messages, "; "), preset_hint(spec, problems)));
}

std::vector<MethodCell> resolve_methods(const Experiment& experiment, const ModelConfig& config) {
  std::vector<MethodCell> cells;
  std::vector<std::string> messages;
  for (const MethodSpec& spec : experiment.methods) {
    try {
      cells.push_back(resolve_method(spec, config));
    } catch (const InputError& error) {
      messages.push_back(fmt::format("{}:{}: '{}' on {}: {}", experiment.file.string(), spec.line,
                                     spec.label, config.name, error.what()));
    }
  }
  if (!messages.empty()) throw InputError(fmt::format("{}", fmt::join(messages, "\n")));
  return cells;
}

}  // namespace skipbench
