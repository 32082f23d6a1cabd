#include "harness/search/scaled_parameter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

Json::json_pointer pointer_of(std::string name) {
  std::replace(name.begin(), name.end(), '.', '/');  // "then.keep" lies inside "then"
  return Json::json_pointer("/" + name);
}

// Budgets and numbers, alone or in lists; the type's name as `skipbench methods` shows it.
bool is_scalable(std::string_view type) {
  static constexpr std::array<std::string_view, 3> kTypes{"budget", "number", "whole number"};
  constexpr std::string_view kList = "list of ";
  if (type.starts_with(kList)) type.remove_prefix(kList.size());
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

FieldDescription find_field(const MethodEntry& method, std::string_view name) {
  std::vector<std::string> scalable;
  for (const FieldDescription& field : method.describe()) {
    const bool fits = is_scalable(field.type);
    if (fits) scalable.push_back(field.name);
    if (field.name != name) continue;
    if (fits) return field;
    throw InputError(fmt::format("the parameter '{}' of {} is a {}, which cannot be scaled{}", name,
                                 method.name, field.type, suggestion("", scalable)));
  }
  throw InputError(fmt::format("{} has no parameter '{}' that can be scaled{}", method.name, name,
                               suggestion(name, scalable)));
}

bool is_positive(const Json& value) {
  return value.is_number() && value.get<double>() > 0;
}

Json scaled(const Json& value, double factor, bool is_budget) {
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value) list.push_back(scaled(item, factor, is_budget));
    return list;
  }
  const double product = value.get<double>() * factor;
  if (value.is_number_integer()) {
    return std::max<int64_t>(is_positive(value) ? 1 : 0, std::llround(product));
  }
  constexpr double kDigits = 1e6;
  const double rounded = std::max(std::round(product * kDigits), 1.0) / kDigits;
  return is_budget ? std::min(rounded, 1.0) : rounded;
}

}  // namespace

void check_scalable(const MethodEntry& method, std::string_view name) {
  find_field(method, name);
}

ScaledParameter::ScaledParameter(const MethodEntry& method, std::string name, Json params)
    : name_(std::move(name)), params_(std::move(params)) {
  is_budget_ = find_field(method, name_).type.ends_with("budget");
  base_ = params_.at(pointer_of(name_));
  const bool usable = base_.is_array()
                          ? !base_.empty() && std::all_of(base_.begin(), base_.end(), is_positive)
                          : is_positive(base_);
  if (usable) return;
  throw InputError(
      fmt::format("'{}' is {}, which scaling cannot change; give it, or a preset, numbers above 0",
                  name_, base_.dump()));
}

Json ScaledParameter::value_at(double factor) const {
  return scaled(base_, factor, is_budget_);
}

Json ScaledParameter::params_at(double factor) const {
  Json params = params_;
  params.at(pointer_of(name_)) = value_at(factor);
  return params;
}

double ScaledParameter::saturation() const {
  const Json list = base_.is_array() ? base_ : Json::array({base_});
  double saturation = 0;
  for (const Json& item : list) {
    if (!is_budget_ || item.is_number_integer()) return std::numeric_limits<double>::infinity();
    saturation = std::max(saturation, 1 / item.get<double>());
  }
  return saturation;
}

std::string ScaledParameter::label_at(std::string_view label, double factor) const {
  return fmt::format("{} {} x {:.4g}", label, name_, factor);
}

}  // namespace skipbench
