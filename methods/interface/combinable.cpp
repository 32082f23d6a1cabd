#include "methods/interface/combinable.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

bool stands_behind(const MethodEntry& method) {
  return !method.decides.empty() &&
         std::all_of(method.decides.begin(), method.decides.end(), fits_behind);
}

// What both decide; nothing when they can share a prompt.
std::optional<Decision> shared_decision(const MethodEntry& a, const MethodEntry& b) {
  for (const Decision decision : a.decides) {
    if (contains(b.decides, decision)) return decision;
  }
  return std::nullopt;
}

bool combinable(const MethodEntry& first, const MethodEntry& then) {
  return first.name != then.name && stands_behind(then) && !shared_decision(first, then);
}

template <class Fits>
std::vector<std::string> names_where(Fits fits) {
  std::vector<std::string> names;
  for (const MethodEntry& each : all_methods()) {
    if (fits(each)) names.push_back(each.name);
  }
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  return names.empty() ? "no method" : fmt::format("{}", fmt::join(names, ", "));
}

void refuse_selecting_method(const MethodEntry& first, const MethodEntry& then) {
  if (then.decides.empty()) {
    throw InputError(fmt::format("'{}' after 'then' decides nothing; leave 'then' out", then.name));
  }
  const auto selects = std::find_if_not(then.decides.begin(), then.decides.end(), fits_behind);
  const std::string swapped =
      combinable(then, first)
          ? fmt::format(", or '{}' first and '{}' after it", then.name, first.name)
          : "";
  throw InputError(fmt::format(
      "'{}' cannot stand after 'then': it decides {}, and 'then' is for attention's keys and for "
      "what concerns decoding; after '{}' can stand {}{}",
      then.name, decision_text(*selects), first.name, listed(methods_behind(first)), swapped));
}

}  // namespace

void check_combinable(const MethodEntry& first, const MethodEntry& then) {
  if (!stands_behind(then)) refuse_selecting_method(first, then);
  const std::optional<Decision> shared = shared_decision(first, then);
  if (!shared) return;
  throw InputError(
      fmt::format("'{}' and '{}' both decide {}; after '{}' can stand {}, and '{}' after {}",
                  first.name, then.name, decision_text(*shared), first.name,
                  listed(methods_behind(first)), then.name, listed(methods_before(then))));
}

std::vector<std::string> methods_behind(const MethodEntry& first) {
  return names_where([&](const MethodEntry& each) { return combinable(first, each); });
}

std::vector<std::string> methods_before(const MethodEntry& then) {
  return names_where([&](const MethodEntry& each) { return combinable(each, then); });
}

}  // namespace skipbench
