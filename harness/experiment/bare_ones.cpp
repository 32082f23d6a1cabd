#include "harness/experiment/bare_ones.h"

#include <fmt/format.h>

#include <algorithm>

namespace skipbench {
namespace {

// Where the parameter ("keep", "then.keep") stands in `given`; null where it was left out.
const Json* find_given(const Json& given, std::string name) {
  std::replace(name.begin(), name.end(), '.', '/');
  const Json::json_pointer pointer("/" + name);
  return given.contains(pointer) ? &given.at(pointer) : nullptr;
}

bool is_bare_one(const Json& value) {
  return value.is_number_integer() && value == 1;
}

ParameterProblem problem_of(const std::string& key) {
  return {key,
          "got 1, which is one token and not the whole prompt; write 1.0 for the whole prompt, or "
          "'1 token' for one"};
}

}  // namespace

std::vector<ParameterProblem> bare_ones(const MethodEntry& method, const Json& given) {
  std::vector<ParameterProblem> problems;
  for (const FieldDescription& field : method.describe()) {
    const bool is_asked = field.type.ends_with("budget") && field.low != 0;
    const Json* value = is_asked ? find_given(given, field.name) : nullptr;
    if (value == nullptr) continue;
    if (is_bare_one(*value)) problems.push_back(problem_of(field.name));
    if (!value->is_array()) continue;
    for (size_t i = 0; i < value->size(); ++i) {
      if (is_bare_one((*value)[i])) {
        problems.push_back(problem_of(fmt::format("{}[{}]", field.name, i)));
      }
    }
  }
  return problems;
}

}  // namespace skipbench
