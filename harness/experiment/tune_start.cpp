#include "harness/experiment/tune_start.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/experiment/presets.h"
#include "harness/search/scaled_parameter.h"
#include "kernels/base/error.h"
#include "methods/interface/registry.h"

namespace skipbench {
namespace {

bool is_budget(const FieldDescription& field) {
  return field.type.ends_with("budget");
}

bool is_step(const FieldDescription& field) {
  return is_budget(field) && field.low == 0;
}

// Of a budget or a list of them; 0 where there is none.
int64_t largest_count(const Json& value) {
  int64_t largest = value.is_number_integer() ? value.get<int64_t>() : 0;
  if (value.is_array()) {
    for (const Json& item : value) largest = std::max(largest, largest_count(item));
  }
  return largest;
}

Json as_shares(const Json& value, int64_t whole) {
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value) list.push_back(as_shares(item, whole));
    return list;
  }
  if (!value.is_number_integer()) return value;
  return std::min(1.0, value.get<double>() / static_cast<double>(whole));
}

Json length_free(Json params, const std::string& over, const MethodEntry& method) {
  const int64_t whole = params.contains(over) ? largest_count(params.at(over)) : 0;
  for (const FieldDescription& field : method.describe()) {
    if (!is_budget(field) || !params.contains(field.name)) continue;
    Json& value = params.at(field.name);
    if (is_step(field)) {
      value = 0;
    } else if (whole > 0) {
      value = as_shares(value, whole);
    }
  }
  return params;
}

std::string first_budget(const MethodEntry& method) {
  std::vector<std::string> numbers;
  for (const FieldDescription& field : method.describe()) {
    if (is_budget(field) && !is_step(field)) return field.name;
    if (field.type == "number") numbers.push_back(field.name);
  }
  throw InputError(fmt::format("{} has no budget to scale; name what to scale with --over{}{}",
                               method.name, numbers.empty() ? "" : ": ", fmt::join(numbers, ", ")));
}

FittingPreset wanted_preset(const MethodSpec& wanted, const std::string& over,
                            const MethodEntry& method, const ModelConfig& config) {
  const std::string& name = wanted.preset;
  if (!name.empty() && name != "auto") return {find_preset(method, name), ""};
  const bool stands_alone = wanted.overrides.contains(over) || load_presets(method.name).empty();
  if (name.empty() && stands_alone) return {};
  return fitting_preset(method, config);
}

}  // namespace

TuneStart tune_start(const MethodSpec& wanted, const std::string& over, const ModelConfig& config) {
  const MethodEntry method = find_method(wanted.method);
  if (!method.parts.empty()) {
    throw InputError(
        fmt::format("'{}': one method at a time is tuned; a combination is searched by "
                    "an experiment with 'then' and 'search'",
                    wanted.method));
  }
  TuneStart start{wanted, over.empty() ? first_budget(method) : over, ""};
  check_scalable(method, start.parameter);
  FittingPreset fitting = wanted_preset(wanted, start.parameter, method, config);
  start.preset_note = std::move(fitting.note);
  const Json given = fitting.preset.params.is_null() ? Json::object() : fitting.preset.params;
  start.method.preset = "";
  start.method.overrides = length_free(given, start.parameter, method);
  start.method.overrides.update(wanted.overrides);
  return start;
}

}  // namespace skipbench
