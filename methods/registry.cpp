#include "methods/registry.h"

#include <array>

#include "kernels/base/error.h"
#include "kernels/base/suggest.h"
#include "methods/full.h"

namespace skipbench {

std::span<const MethodEntry> all_methods() {
  static const std::array methods{
      full_method(),
  };
  return methods;
}

const MethodEntry& find_method(std::string_view name) {
  std::vector<std::string> names;
  for (const MethodEntry& entry : all_methods()) {
    if (entry.name == name) return entry;
    names.emplace_back(entry.name);
  }
  throw InputError(fmt::format("unknown method '{}'{}", name, suggestion(name, names)));
}

}  // namespace skipbench
