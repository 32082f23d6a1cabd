#include "harness/experiment/method_entries.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/experiment/presets.h"
#include "harness/experiment/sweep.h"
#include "harness/experiment/yaml_values.h"
#include "kernels/base/error.h"
#include "methods/registry.h"

namespace skipbench {
namespace {

// The parameter that a problem's key ("budgets[2]") speaks of.
std::string parameter_of(const std::string& key) {
  return key.substr(0, key.find_first_of(".["));
}

// Reads one entry of `methods:` into its labels.
class EntryReader {
 public:
  EntryReader(const YamlNode& node, Problems& problems)
      : node_(node), map_(node, "a method", problems), problems_(problems) {}

  std::vector<MethodSpec> read() {
    const YamlNode* name = map_.require("method");
    method_ = name == nullptr ? nullptr : find_entry(*name);
    preset_ = map_.text("preset", "");
    const YamlNode* params = map_.find("params");
    if (params != nullptr && !params->is_null()) read_params(*params);
    if (const YamlNode* sweep = map_.find("sweep")) axes_ = read_axes(*sweep, problems_);
    std::vector<Json> skips;
    if (const YamlNode* skip = map_.find("skip")) skips = read_skips(*skip, axes_, problems_);
    const YamlNode* label = map_.find("label");
    if (map_.find("then") != nullptr) {
      problems_.add(node_.locate("then"), "'then' is not supported in this version");
    }
    map_.finish();
    if (method_ == nullptr) return {};
    check_parameters();
    const std::string pattern = label == nullptr ? "" : scalar_text(*label, "label", problems_);
    return make_specs(product(axes_, skips), pattern);
  }

 private:
  const MethodEntry* find_entry(const YamlNode& name) {
    try {
      return &find_method(scalar_text(name, "method", problems_));
    } catch (const InputError& error) {
      problems_.add(name.where, error.what());
      return nullptr;
    }
  }

  void read_params(const YamlNode& params) {
    if (!params.is_map()) {
      problems_.add(params.where, fmt::format("'params' must be a map, not {}", kind_name(params)));
      return;
    }
    params_node_ = &params;
    params_ = to_json(params, problems_);
  }

  // What can be said of each given value by itself, at the value's own place.
  void check_parameters() {
    std::vector<ParameterProblem> found;
    method_->resolve(params_, found);
    for (const ParameterProblem& problem : found) {
      if (params_.contains(parameter_of(problem.key)))
        report(problem, params_node_->locate(problem.key));
    }
    for (const Axis& axis : axes_) check_axis(axis);
    if (!preset_.empty() && preset_ != "auto") preset_params_ = named_preset();
  }

  void check_axis(const Axis& axis) {
    if (params_.contains(axis.name)) {
      problems_.add(axis.where,
                    fmt::format("'{}' is both in 'params' and an axis of 'sweep'", axis.name));
    }
    for (size_t i = 0; i < axis.values.size(); ++i) {
      std::vector<ParameterProblem> found;
      method_->resolve(Json{{axis.name, axis.values[i]}}, found);
      for (const ParameterProblem& problem : found) {
        if (parameter_of(problem.key) == axis.name) report(problem, axis.value_where[i]);
      }
    }
  }

  Json named_preset() {
    try {
      return find_preset(*method_, preset_).params;
    } catch (const InputError& error) {
      problems_.add(node_.find("preset")->where, error.what());
      preset_failed_ = true;
      return Json::object();
    }
  }

  void report(const ParameterProblem& problem, const Position& where) {
    reported_.push_back(problem.key + problem.message);
    problems_.add(where, fmt::format("'{}': {}", problem.key, problem.message));
  }

  // What only the whole assignment shows: required parameters and those that contradict each other.
  void check_assignment(const Json& overrides) {
    if (preset_ == "auto" || preset_failed_ || !reported_.empty()) return;
    Json given = preset_params_;
    given.update(overrides);
    std::vector<ParameterProblem> found;
    method_->resolve(given, found);
    for (const ParameterProblem& problem : found) {
      const bool own = params_node_ != nullptr && params_.contains(parameter_of(problem.key));
      problems_.add(own ? params_node_->locate(problem.key) : node_.where,
                    fmt::format("'{}': {}", problem.key, problem.message));
    }
  }

  std::vector<MethodSpec> make_specs(const std::vector<Json>& assignments,
                                     const std::string& pattern) {
    if (assignments.empty()) problems_.add(node_.where, "'skip' leaves nothing of this sweep");
    std::vector<MethodSpec> specs;
    for (const Json& assignment : assignments) {
      MethodSpec spec{"", std::string(method_->name), preset_, params_, node_.where.line};
      spec.overrides.update(assignment);
      check_assignment(spec.overrides);
      spec.label = pattern.empty() ? default_label(assignment) : filled_label(pattern, spec);
      specs.push_back(std::move(spec));
    }
    return specs;
  }

  std::string default_label(const Json& assignment) const {
    std::string label(method_->name);
    if (!preset_.empty() && preset_ != "auto") label += " " + preset_;
    for (const Axis& axis : axes_) {
      label += fmt::format(" {}={}", axis.name, label_text(assignment.at(axis.name)));
    }
    return label;
  }

  std::string filled_label(const std::string& pattern, const MethodSpec& spec) {
    Json values = spec.overrides;
    values["method"] = spec.method;
    values["preset"] = preset_;
    return fill_label(pattern, values, node_.locate("label"), problems_);
  }

  const YamlNode& node_;
  MapReader map_;
  Problems& problems_;
  const MethodEntry* method_ = nullptr;
  const YamlNode* params_node_ = nullptr;
  std::string preset_;
  bool preset_failed_ = false;
  Json params_ = Json::object(), preset_params_ = Json::object();
  std::vector<Axis> axes_;
  std::vector<std::string> reported_;
};

void check_unique(const std::vector<MethodSpec>& specs, const std::string& source,
                  Problems& problems) {
  for (size_t i = 0; i < specs.size(); ++i) {
    const auto first = std::find_if(specs.begin(), specs.begin() + static_cast<ptrdiff_t>(i),
                                    [&](const auto& each) { return each.label == specs[i].label; });
    if (first == specs.begin() + static_cast<ptrdiff_t>(i)) continue;
    problems.add(
        {source, specs[i].line, 1},
        fmt::format("the label '{}' is taken by the method on line {}; give each a 'label'",
                    specs[i].label, first->line));
  }
}

}  // namespace

std::vector<MethodSpec> read_method_entries(const YamlNode& list, Problems& problems) {
  std::vector<MethodSpec> specs;
  if (!list.is_sequence() || list.items.empty()) {
    problems.add(list.where, fmt::format("'methods' must be a list of at least one method, not {}",
                                         kind_name(list)));
    return specs;
  }
  for (const YamlNode& item : list.items) {
    for (MethodSpec& spec : EntryReader(item, problems).read()) specs.push_back(std::move(spec));
  }
  check_unique(specs, list.where.source, problems);
  return specs;
}

}  // namespace skipbench
