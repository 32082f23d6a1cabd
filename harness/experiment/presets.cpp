#include "harness/experiment/presets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/base/folders.h"
#include "harness/experiment/bare_ones.h"
#include "harness/experiment/yaml_values.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

std::filesystem::path preset_file(std::string_view method) {
  return home_folder() / "experiments" / "presets" / fmt::format("{}.yaml", method);
}

Preset read_preset(const YamlNode& node, const MethodEntry& method, Problems& problems) {
  MapReader map(node, "a preset", problems);
  Preset preset;
  if (map.require("name") != nullptr) preset.name = map.text("name", "");
  if (map.require("source") != nullptr) preset.source = map.text("source", "");
  preset.layers = map.integer("layers", 0, 1);
  preset.width = map.integer("width", 0, 1);
  const YamlNode* params = map.require("params");
  preset.params = params == nullptr ? Json::object() : to_json(*params, problems);
  map.finish();
  for (const ParameterProblem& problem : bare_ones(method, preset.params)) {
    problems.add(node.locate("params." + problem.key),
                 fmt::format("'{}': {}", problem.key, problem.message));
  }
  return preset;
}

std::vector<std::string> names_of(const std::vector<Preset>& presets) {
  std::vector<std::string> names;
  for (const Preset& preset : presets) names.push_back(preset.name);
  return names;
}

}  // namespace

std::vector<Preset> load_presets(std::string_view method) {
  const std::filesystem::path file = preset_file(method);
  if (!std::filesystem::exists(file)) return {};
  Problems problems;
  const YamlNode root = parse_yaml_file(file, problems);
  MapReader map(root, "a file of presets", problems);
  std::vector<Preset> presets;
  const MethodEntry entry = find_method(method);
  if (const YamlNode* list = map.require("presets")) {
    for (const YamlNode& item : list->items) presets.push_back(read_preset(item, entry, problems));
  }
  map.finish();
  problems.throw_if_any();
  return presets;
}

Preset find_preset(const MethodEntry& method, std::string_view name) {
  std::vector<Preset> presets = load_presets(method.name);
  for (Preset& preset : presets) {
    if (preset.name == name) return std::move(preset);
  }
  if (presets.empty()) {
    throw InputError(fmt::format("'{}' has no presets, so none called '{}'", method.name, name));
  }
  throw InputError(fmt::format(
      "'{}' has no preset '{}'{}; its presets: {}", method.name, name,
      nearest_name(name, names_of(presets)).empty() ? "" : suggestion(name, names_of(presets)),
      fmt::join(names_of(presets), ", ")));
}

Preset fitting_preset(const MethodEntry& method, const ModelConfig& config) {
  std::vector<Preset> presets = load_presets(method.name);
  if (presets.empty()) {
    throw InputError(
        fmt::format("'{}' has no presets, so none that fits; leave the preset out", method.name));
  }
  for (Preset& preset : presets) {
    if (preset.layers == config.layers && preset.width == config.width) return std::move(preset);
  }
  throw InputError(fmt::format(
      "no preset of '{}' fits {} ({} layers, width {}); its presets: {}; give 'params' instead",
      method.name, config.name, config.layers, config.width, fmt::join(names_of(presets), ", ")));
}

}  // namespace skipbench
