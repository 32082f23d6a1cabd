#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/experiment/experiment.h"
#include "harness/experiment/presets.h"
#include "kernels/base/error.h"
#include "methods/registry.h"

namespace skipbench {
namespace {

Json preset_params(const MethodSpec& spec, const MethodEntry& method, const ModelConfig& config) {
  if (spec.preset.empty()) return Json::object();
  if (spec.preset == "auto") return fitting_preset(method, config).params;
  return find_preset(method, spec.preset).params;
}

}  // namespace

MethodCell resolve_method(const MethodSpec& spec, const ModelConfig& config) {
  const MethodEntry& method = find_method(spec.method);
  Json given = preset_params(spec, method, config);
  given.update(spec.overrides);
  std::vector<ParameterProblem> problems;
  MethodCell cell{spec.label, spec.method, method.resolve(given, problems)};
  if (problems.empty()) return cell;
  std::vector<std::string> messages;
  for (const ParameterProblem& problem : problems) {
    messages.push_back(fmt::format("'{}': {}", problem.key, problem.message));
  }
  throw InputError(fmt::format("{}", fmt::join(messages, "; ")));
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
