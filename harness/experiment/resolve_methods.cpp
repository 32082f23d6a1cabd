#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "harness/experiment/bare_ones.h"
#include "harness/experiment/experiment.h"
#include "harness/experiment/presets.h"
#include "kernels/base/error.h"
#include "methods/registry.h"

namespace skipbench {
namespace {

// Parameters of presets on one model. A sweep asks for the same one thousands of times, so each is
// read once.
class Presets {
 public:
  explicit Presets(const ModelConfig& config) : config_(config) {}

  Json params_of(const MethodSpec& spec, const MethodEntry& method) {
    if (method.parts.empty()) {
      if (spec.then_preset.empty()) return params_of(spec.preset, method);
      throw InputError(fmt::format(
          "the preset '{}' is for a second method, and there is none behind '{}'; write {}+METHOD",
          spec.then_preset, spec.method, spec.method));
    }
    Json params = params_of(spec.preset, find_method(method.parts[0]));
    params["then"] = params_of(spec.then_preset, find_method(method.parts[1]));
    return params;
  }

 private:
  const Json& params_of(const std::string& preset, const MethodEntry& method) {
    const std::pair<std::string, std::string> name(method.name, preset);
    const auto found = known_.find(name);
    return found != known_.end() ? found->second : known_[name] = read(preset, method);
  }

  Json read(const std::string& preset, const MethodEntry& method) const {
    if (preset.empty()) return Json::object();
    if (preset == "auto") return fitting_preset(method, config_).params;
    return find_preset(method, preset).params;
  }

  const ModelConfig& config_;
  std::map<std::pair<std::string, std::string>, Json> known_;  // by method and preset
};

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

MethodCell resolve(const MethodSpec& spec, Presets& presets) {
  const MethodEntry method = find_method(spec.method);
  Json given = presets.params_of(spec, method);
  given.update(spec.overrides, /*merge_objects=*/true);
  std::vector<ParameterProblem> problems = bare_ones(method, spec.overrides);
  MethodCell cell{spec.label, spec.method, method.resolve(given, problems)};
  if (problems.empty()) return cell;
  // A misspelt parameter may be the one that is missing, and is told alone.
  if (!std::all_of(problems.begin(), problems.end(), is_missing)) {
    std::erase_if(problems, is_missing);
  }
  std::vector<std::string> messages;
  for (const ParameterProblem& problem : problems) {
    messages.push_back(fmt::format("'{}': {}", problem.key, problem.message));
  }
  throw InputError(fmt::format("{}{}", fmt::join(messages, "; "), preset_hint(spec, problems)));
}

}  // namespace

MethodCell resolve_method(const MethodSpec& spec, const ModelConfig& config) {
  Presets presets(config);
  return resolve(spec, presets);
}

std::vector<MethodCell> resolve_methods(const Experiment& experiment, const ModelConfig& config) {
  std::vector<MethodCell> cells;
  std::vector<std::string> messages;
  Presets presets(config);
  for (const MethodSpec& spec : experiment.methods) {
    try {
      cells.push_back(resolve(spec, presets));
    } catch (const InputError& error) {
      messages.push_back(fmt::format("{}:{}: '{}' on {}: {}", experiment.file.string(), spec.line,
                                     spec.label, config.name, error.what()));
    }
  }
  if (!messages.empty()) throw InputError(fmt::format("{}", fmt::join(messages, "\n")));
  return cells;
}

}  // namespace skipbench
