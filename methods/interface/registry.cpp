#include "methods/interface/registry.h"

#include <array>

#include "kernels/base/error.h"
#include "kernels/base/suggest.h"
#include "methods/interface/combinable.h"
#include "methods/interface/combined_entry.h"
#include "methods/interface/table.h"

namespace skipbench {

#define SKIPBENCH_DECLARED(name, amount) MethodEntry name##_method();
SKIPBENCH_METHODS(SKIPBENCH_DECLARED)

std::span<const MethodEntry> all_methods() {
#define SKIPBENCH_MADE(name, amount) name##_method(),
  static const std::array methods{SKIPBENCH_METHODS(SKIPBENCH_MADE)};
  return methods;
}

namespace {

const MethodEntry& find_line(std::string_view name) {
  std::vector<std::string> names;
  for (const MethodEntry& entry : all_methods()) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  throw InputError(fmt::format("unknown method '{}'{}", name, suggestion(name, names)));
}

}  // namespace

MethodEntry find_method(std::string_view name) {
  const size_t plus = name.find('+');
  if (plus == std::string_view::npos) return find_line(name);
  const MethodEntry& first = find_line(name.substr(0, plus));
  const MethodEntry& then = find_line(name.substr(plus + 1));
  check_combinable(first, then);
  return combined_method(first, then);
}

}  // namespace skipbench
