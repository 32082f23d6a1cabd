#include "harness/experiment/method_entries.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>

#include "harness/experiment/bare_ones.h"
#include "harness/experiment/presets.h"
#include "harness/experiment/read_task.h"
#include "harness/experiment/search_entry.h"
#include "harness/experiment/sweep.h"
#include "harness/search/scaled_parameter.h"
#include "harness/yaml/yaml_values.h"
#include "kernels/base/error.h"
#include "methods/interface/registry.h"

namespace skipbench {
namespace {

constexpr std::string_view kThen = "then";  // the key, and where its parameters stand in JSON
constexpr std::string_view kThenPrefix = "then.";

bool is_of_then(std::string_view name) {
  return name.starts_with(kThenPrefix);
}

// The parameter that a problem's key ("budgets[2]", "then.keep") speaks of.
std::string parameter_of(const std::string& key) {
  const size_t begin = is_of_then(key) ? kThenPrefix.size() : 0;
  return key.substr(0, key.find_first_of(".[", begin));
}

// The parameter called `name` among `params`, or null.
const Json* find_parameter(const Json& params, const std::string& name) {
  if (!is_of_then(name)) return params.contains(name) ? &params.at(name) : nullptr;
  if (!params.contains(kThen)) return nullptr;
  return find_parameter(params.at(kThen), name.substr(kThenPrefix.size()));
}

void set_parameter(Json& params, const std::string& name, const Json& value) {
  if (!is_of_then(name)) {
    params[name] = value;
  } else {
    params[kThen][name.substr(kThenPrefix.size())] = value;
  }
}

// Reads one entry of `methods:` into its labels.
class EntryReader {
 public:
  EntryReader(const YamlNode& node, Problems& problems)
      : node_(node), map_(node, "a method", problems), problems_(problems) {}

  // Adds the entry's labels to those that run, or to the searches.
  void read(MethodEntries& entries) {
    std::vector<MethodSpec> specs = read_labels();
    if (!search_) {
      std::move(specs.begin(), specs.end(), std::back_inserter(entries.methods));
      return;
    }
    for (MethodSpec& spec : specs) {
      entries.searches.push_back(search_->spec);
      entries.searches.back().method = std::move(spec);
    }
  }

 private:
  std::vector<MethodSpec> read_labels() {
    const YamlNode* name = map_.require("method");
    if (name != nullptr) method_ = find_entry(scalar_text(*name, "method", problems_), *name);
    preset_ = read_preset(map_);
    params_ = read_params(map_);
    const YamlNode* then = map_.find(kThen);
    if (then != nullptr && !then->is_null()) read_then(*then);
    if (const YamlNode* sweep = map_.find("sweep")) axes_ = read_axes(*sweep, problems_);
    std::vector<Json> skips;
    if (const YamlNode* skip = map_.find("skip")) skips = read_skips(*skip, axes_, problems_);
    const YamlNode* label = map_.find("label");
    search_ = read_search(map_, problems_);
    map_.finish();
    if (!method_) return {};
    check_parameters();
    check_search();
    const std::string pattern = label == nullptr ? "" : scalar_text(*label, "label", problems_);
    return make_specs(product(axes_, skips), pattern);
  }

  std::optional<MethodEntry> find_entry(const std::string& method, const YamlNode& name) {
    try {
      if (name.text.find('+') == std::string::npos) return find_method(method);
      problems_.add(name.where, "write the second method as 'then: {method: ...}'");
    } catch (const InputError& error) {
      problems_.add(name.where, error.what());
    }
    return std::nullopt;
  }

  // A second method on the same prompt, with its own preset and parameters.
  void read_then(const YamlNode& node) {
    MapReader map(node, "'then'", problems_);
    const YamlNode* name = map.require("method");
    then_preset_ = read_preset(map);
    if (params_.contains(kThen)) {
      problems_.add(node_.locate("params.then"),
                    "parameters of the second method stand in 'then: {params: ...}'");
    }
    params_[kThen] = read_params(map);
    map.finish();
    if (!method_ || name == nullptr) {
      method_.reset();
      return;
    }
    method_ = find_entry(method_->name + "+" + scalar_text(*name, "method", problems_), *name);
  }

  // A preset's name; of a file, where it lies.
  std::string read_preset(MapReader& map) {
    const std::string preset = map.text("preset", "");
    if (!is_preset_file(preset)) return preset;
    const YamlNode& node = *map.node().find("preset");
    try {
      return find_input_file(preset, std::filesystem::path(node.where.source).parent_path());
    } catch (const InputError& error) {
      problems_.add(node.where, error.what());
      failed_ = true;
      return "";
    }
  }

  Json read_params(MapReader& map) {
    const YamlNode* params = map.find("params");
    if (params == nullptr || params->is_null()) return Json::object();
    if (params->is_map()) return to_json(*params, problems_);
    problems_.add(params->where, fmt::format("'params' must be a map, not {}", kind_name(*params)));
    return Json::object();
  }

  // Where a problem's parameter was given; the entry itself for one that was not.
  Position place_of(const std::string& key) const {
    if (find_parameter(params_, parameter_of(key)) == nullptr) return node_.where;
    return node_.locate(is_of_then(key) ? "then.params." + key.substr(kThenPrefix.size())
                                        : "params." + key);
  }

  std::vector<ParameterProblem> problems_of(const Json& given) const {
    std::vector<ParameterProblem> found = bare_ones(*method_, given);
    method_->resolve(given, found);
    return found;
  }

  // What can be said of each given value by itself, at the value's own place.
  void check_parameters() {
    for (const ParameterProblem& problem : problems_of(params_)) {
      if (find_parameter(params_, parameter_of(problem.key)) != nullptr)
        report(problem, place_of(problem.key));
    }
    for (const Axis& axis : axes_) check_axis(axis);
    preset_params_ = named_preset(preset_, 0, node_);
    if (method_->parts.empty()) return;
    preset_params_[kThen] = named_preset(then_preset_, 1, *node_.find(kThen));
  }

  void check_search() {
    if (!search_ || search_->spec.parameter.empty()) return;
    const std::string& parameter = search_->spec.parameter;
    const size_t owner = is_of_then(parameter) && !method_->parts.empty() ? 1 : 0;
    search_->spec.goal.least = search_->least ? std::vector<Saving>{*search_->least}
                                              : savings_of(part_entry(owner).decides);
    try {
      check_scalable(*method_, parameter);
    } catch (const InputError& error) {
      problems_.add(search_->where_parameter, error.what());
    }
    for (const Axis& axis : axes_) {
      if (axis.name != parameter) continue;
      problems_.add(search_->where_parameter,
                    fmt::format("'{}' is an axis of 'sweep' too", parameter));
    }
  }

  void check_axis(const Axis& axis) {
    if (is_of_then(axis.name) && method_->parts.empty()) {
      failed_ = true;
      problems_.add(axis.where, fmt::format("the axis '{}' needs a 'then'", axis.name));
      return;
    }
    if (find_parameter(params_, axis.name) != nullptr) {
      problems_.add(axis.where,
                    fmt::format("'{}' is both in 'params' and an axis of 'sweep'", axis.name));
    }
    for (size_t i = 0; i < axis.values.size(); ++i) {
      Json alone = Json::object();
      set_parameter(alone, axis.name, axis.values[i]);
      for (const ParameterProblem& problem : problems_of(alone)) {
        if (parameter_of(problem.key) == axis.name) report(problem, axis.value_where[i]);
      }
    }
  }

  // The parameters of the preset that the entry, or its `then`, names; `part`: 0 or 1.
  Json named_preset(const std::string& preset, size_t part, const YamlNode& owner) {
    if (preset.empty() || preset == "auto") return Json::object();
    try {
      return find_preset(part_entry(part), preset).params;
    } catch (const InputError& error) {
      problems_.add(owner.find("preset")->where, error.what());
      failed_ = true;
      return Json::object();
    }
  }

  MethodEntry part_entry(size_t part) const {
    return method_->parts.empty() ? *method_ : find_method(method_->parts.at(part));
  }

  void report(const ParameterProblem& problem, const Position& where) {
    failed_ = true;
    problems_.add(where, fmt::format("'{}': {}", problem.key, problem.message));
  }

  // What only the whole assignment shows: required parameters and those that contradict each other.
  void check_assignment(const Json& overrides) {
    if (preset_ == "auto" || then_preset_ == "auto" || failed_) return;
    Json given = preset_params_;
    given.update(overrides, /*merge_objects=*/true);
    std::vector<ParameterProblem> found;
    method_->resolve(given, found);
    for (const ParameterProblem& problem : found) {
      problems_.add(place_of(problem.key), fmt::format("'{}': {}", problem.key, problem.message));
    }
  }

  std::vector<MethodSpec> make_specs(const std::vector<Json>& assignments,
                                     const std::string& pattern) {
    if (assignments.empty()) problems_.add(node_.where, "'skip' leaves nothing of this sweep");
    std::vector<MethodSpec> specs;
    for (const Json& assignment : assignments) {
      MethodSpec spec{"", method_->name, preset_, params_, node_.where.line, then_preset_};
      for (const auto& [name, value] : assignment.items()) {
        set_parameter(spec.overrides, name, value);
      }
      check_assignment(spec.overrides);
      spec.label = pattern.empty() ? default_label(assignment) : filled_label(pattern, spec);
      specs.push_back(std::move(spec));
    }
    return specs;
  }

  std::string part_label(size_t part, const std::string& preset) const {
    const std::string name = part_entry(part).name;
    if (preset.empty() || preset == "auto") return name;
    return fmt::format(
        "{} {}", name,
        is_preset_file(preset) ? std::filesystem::path(preset).stem().string() : preset);
  }

  std::string default_label(const Json& assignment) const {
    std::string label = part_label(0, preset_);
    if (!method_->parts.empty()) label += " + " + part_label(1, then_preset_);
    for (const Axis& axis : axes_) {
      label += fmt::format(" {}={}", axis.name, label_text(assignment.at(axis.name)));
    }
    return label;
  }

  std::string filled_label(const std::string& pattern, const MethodSpec& spec) {
    Json values = spec.overrides;
    values["method"] = part_entry(0).name;
    values["preset"] = preset_;
    if (!method_->parts.empty()) {
      for (const auto& [name, value] : spec.overrides.at(kThen).items()) {
        values[std::string(kThenPrefix) + name] = value;
      }
      values[kThen] = method_->parts[1];
    }
    return fill_label(pattern, values, node_.locate("label"), problems_);
  }

  const YamlNode& node_;
  MapReader map_;
  Problems& problems_;
  std::optional<MethodEntry> method_;  // with `then` the combination
  std::string preset_, then_preset_;
  Json params_ = Json::object(), preset_params_ = Json::object();
  std::vector<Axis> axes_;
  std::optional<SearchClause> search_;
  bool failed_ = false;  // something was reported that the whole assignment would repeat
};

void check_unique(const MethodEntries& entries, const std::string& source, Problems& problems) {
  std::vector<MethodSpec> specs = entries.methods;
  for (const SearchSpec& search : entries.searches) specs.push_back(search.method);
  std::map<std::string_view, int> lines;  // by label
  for (const MethodSpec& spec : specs) {
    const auto [first, is_new] = lines.emplace(spec.label, spec.line);
    if (is_new) continue;
    problems.add(
        {source, spec.line, 1},
        fmt::format("the label '{}' is taken by the method on line {}; give each a 'label'",
                    spec.label, first->second));
  }
}

}  // namespace

MethodEntries read_method_entries(const YamlNode& list, Problems& problems) {
  MethodEntries entries;
  if (!list.is_sequence() || list.items.empty()) {
    problems.add(list.where, fmt::format("'methods' must be a list of at least one method, not {}",
                                         kind_name(list)));
    return entries;
  }
  for (const YamlNode& item : list.items) EntryReader(item, problems).read(entries);
  check_unique(entries, list.where.source, problems);
  return entries;
}

}  // namespace skipbench
