#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/base/json.h"
#include "methods/parameters.h"

namespace skipbench {

class Method;

/// One line of the table of methods.
struct MethodEntry {
  std::string_view name;     // as written in YAML
  std::string_view summary;  // one line
  std::string_view paper;    // arXiv id or "control"
  std::string_view fate;     // of dropped tokens: what happens to them, and whether they supply K/V
  std::vector<FieldDescription> (*describe)();
  /// Defaults and given parameters together; problems are collected, not thrown.
  Json (*resolve)(const Json& given, std::vector<ParameterProblem>& problems);
  /// The same method with every token selected: must equal full attention (the self-check).
  Json (*select_everything)(const Json& resolved);
  std::unique_ptr<Method> (*make)(const Json& resolved);
};

/// Every method, in the order in which they are listed to users.
std::span<const MethodEntry> all_methods();

/// Throws InputError with the nearest name when there is none called so.
const MethodEntry& find_method(std::string_view name);

}  // namespace skipbench
