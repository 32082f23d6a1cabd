#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "harness/experiment/bare_ones.h"
#include "harness/experiment/experiment.h"
#include "harness/experiment/presets.h"
#include "kernels/base/error.h"
#include "methods/interface/registry.h"

namespace skipbench {
namespace {

// Presets on one model. A sweep asks for the same one thousands of times, so each is read once.
class Presets {
 public:
  explicit Presets(const ModelConfig& config) : config_(config) {}

  struct Found {
    Json params = Json::object();
    std::string note = "";
  };

  Found find(const MethodSpec& spec, const MethodEntry& method) {
    if (method.parts.empty()) {
      if (spec.then_preset.empty()) return find(spec.preset, method);
      throw InputError(fmt::format(
          "the preset '{}' is for a second method, and there is none after '{}'; write {}+METHOD",
          spec.then_preset, spec.method, spec.method));
    }
    Found found = find(spec.preset, find_method(method.parts[0]));
    const Found& behind = find(spec.then_preset, find_method(method.parts[1]));
    found.params["then"] = behind.params;
    if (!behind.note.empty()) {
      found.note +=
          fmt::format("{}{}: {}", found.note.empty() ? "" : "; ", method.parts[1], behind.note);
    }
    return found;
  }

 private:
  const Found& find(const std::string& preset, const MethodEntry& method) {
    const std::pair<std::string, std::string> name(method.name, preset);
    const auto found = known_.find(name);
    return found != known_.end() ? found->second : known_[name] = read(preset, method);
  }

  Found read(const std::string& preset, const MethodEntry& method) const {
    if (preset.empty()) return {};
    if (preset != "auto") return {find_preset(method, preset).params};
    FittingPreset fitting = fitting_preset(method, config_);
    return {std::move(fitting.preset.params), std::move(fitting.note)};
  }

  const ModelConfig& config_;
  std::map<std::pair<std::string, std::string>, Found> known_;  // by method and preset
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

ResolvedMethod resolve(const MethodSpec& spec, Presets& presets) {
  const MethodEntry method = find_method(spec.method);
  const Presets::Found preset = presets.find(spec, method);
  Json given = preset.params;
  given.update(spec.overrides, /*merge_objects=*/true);
  std::vector<ParameterProblem> problems = bare_ones(method, spec.overrides);
  ResolvedMethod cell{{spec.label, spec.method, method.resolve(given, problems)}, preset.note};
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

ResolvedMethod resolve_method(const MethodSpec& spec, const ModelConfig& config) {
  Presets presets(config);
  return resolve(spec, presets);
}

std::vector<ResolvedMethod> resolve_methods(const Experiment& experiment,
                                            const ModelConfig& config) {
  std::vector<ResolvedMethod> cells;
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
