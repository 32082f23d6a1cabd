#include "harness/experiment/presets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "harness/base/folders.h"
#include "harness/experiment/bare_ones.h"
#include "harness/experiment/preset_scaling.h"
#include "harness/yaml/yaml_values.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

std::filesystem::path preset_file(std::string_view method) {
  return home_folder() / "experiments" / "presets" / fmt::format("{}.yaml", method);
}

constexpr std::array<std::pair<std::string_view, PresetScale>, 5> kScales{
    {{"layer", PresetScale::kLayer},
     {"layers", PresetScale::kLayers},
     {"tokens", PresetScale::kTokens},
     {"width", PresetScale::kWidth},
     {"shape", PresetScale::kShape}}};

using Scales = std::map<std::string, PresetScale>;

// `scales: {full_layers: layer, budgets: tokens}`.
Scales read_scales(const YamlNode& node, const MethodEntry& method, Problems& problems) {
  std::vector<std::string> parameters, words;
  for (const FieldDescription& field : method.describe()) parameters.push_back(field.name);
  for (const auto& [word, scale] : kScales) words.emplace_back(word);
  if (!node.is_map()) {
    problems.add(node.where, fmt::format("'scales' must be a map from parameters to {}",
                                         fmt::join(words, ", ")));
  }
  Scales scales;
  for (const auto& entry : node.entries) {
    if (std::find(parameters.begin(), parameters.end(), entry.key) == parameters.end()) {
      problems.add(entry.key_where, fmt::format("{} has no parameter '{}'{}", method.name,
                                                entry.key, suggestion(entry.key, parameters)));
    }
    const std::string given = scalar_text(entry.value, entry.key, problems);
    const auto known = std::find(words.begin(), words.end(), given);
    if (known != words.end()) {
      scales[entry.key] = kScales[known - words.begin()].second;
    } else {
      problems.add(entry.value.where, fmt::format("'{}' scales by '{}'; expected one of {}",
                                                  entry.key, given, fmt::join(words, ", ")));
    }
  }
  return scales;
}

Preset read_preset(const YamlNode& node, const MethodEntry& method, Problems& problems) {
  MapReader map(node, "a preset", problems);
  Preset preset;
  if (map.require("name") != nullptr) preset.name = map.text("name", "");
  if (map.require("source") != nullptr) preset.source = map.text("source", "");
  preset.layers = map.integer("layers", 0, 1);
  preset.width = map.integer("width", 0, 1);
  preset.context = map.integer("context", 0, 1);
  preset.published = map.boolean("published").value_or(true);
  const YamlNode* params = map.require("params");
  preset.params = params == nullptr ? Json::object() : to_json(*params, problems);
  map.finish();
  for (const ParameterProblem& problem : bare_ones(method, preset.params)) {
    problems.add(node.locate("params." + problem.key),
                 fmt::format("'{}': {}", problem.key, problem.message));
  }
  return preset;
}

// A budget of one token as a file may say it.
Json spelt_out(const Json& value) {
  if (value.is_number_integer() && value == 1) return "1 token";
  Json list = value;
  if (value.is_array()) std::transform(value.begin(), value.end(), list.begin(), spelt_out);
  return list;
}

std::vector<std::string> names_of(const std::vector<Preset>& presets) {
  std::vector<std::string> names;
  for (const Preset& preset : presets) names.push_back(preset.name);
  return names;
}

std::vector<Preset> read_presets(const std::filesystem::path& file, const MethodEntry& method) {
  Problems problems;
  const YamlNode root = parse_yaml_file(file, problems);
  MapReader map(root, "a file of presets", problems);
  std::vector<Preset> presets;
  const YamlNode* owner = map.find("method");
  if (owner != nullptr && owner->text != method.name) {
    throw InputError(fmt::format("{}: these presets are of '{}', not of '{}'", owner->where.text(),
                                 owner->text, method.name));
  }
  Scales scales;
  if (const YamlNode* node = map.find("scales")) scales = read_scales(*node, method, problems);
  if (const YamlNode* list = map.require("presets")) {
    for (const YamlNode& item : list->items) {
      presets.push_back(read_preset(item, method, problems));
      presets.back().scales = scales;
    }
    if (list->items.empty()) problems.add(list->where, "'presets' must be a list of at least one");
  }
  map.finish();
  problems.throw_if_any();
  return presets;
}

}  // namespace

std::vector<Preset> load_presets(std::string_view method) {
  const std::filesystem::path file = preset_file(method);
  if (!std::filesystem::exists(file)) return {};
  return read_presets(file, find_method(method));
}

bool is_preset_file(std::string_view name) {
  return name.ends_with(".yaml");
}

Preset find_preset(const MethodEntry& method, std::string_view name) {
  if (is_preset_file(name)) return read_presets(std::filesystem::path(name), method).front();
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

FittingPreset fitting_preset(const MethodEntry& method, const ModelConfig& config) {
  const std::vector<Preset> presets = load_presets(method.name);
  if (presets.empty()) {
    throw InputError(
        fmt::format("'{}' has no presets, so none that fits; leave the preset out", method.name));
  }
  for (const Preset& preset : presets) {
    if (preset.layers == config.layers && preset.width == config.width) return {preset, ""};
  }
  if (const Preset* nearest = nearest_preset(presets, config)) {
    return {scaled_preset(*nearest, config), scaling_note(*nearest, config)};
  }
  for (const Preset& preset : presets) {
    if (preset.layers == 0) return {preset, ""};
  }
  throw InputError(fmt::format(
      "no preset of '{}' fits {} ({} layers, width {}) or can be scaled to it; its presets: {}; "
      "give 'params' instead",
      method.name, config.name, config.layers, config.width, fmt::join(names_of(presets), ", ")));
}

std::string preset_text(const MethodEntry& method, const Preset& preset, std::string_view comment) {
  std::string line(comment);
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::string text = fmt::format("# {}\nmethod: {}\npresets:\n  - name: {}\n    source: {}\n", line,
                                 method.name, Json(preset.name).dump(), Json(preset.source).dump());
  text += fmt::format("    layers: {}\n    width: {}\n    params:\n", preset.layers, preset.width);
  for (const auto& [name, value] : preset.params.items()) {
    if (value.is_null()) continue;
    const bool is_bare = !bare_ones(method, Json{{name, value}}).empty();
    text += fmt::format("      {}: {}\n", name, (is_bare ? spelt_out(value) : value).dump());
  }
  return text;
}

}  // namespace skipbench
