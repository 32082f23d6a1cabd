#include "methods/interface/registry.h"

#include <array>

#include "kernels/base/error.h"
#include "kernels/base/suggest.h"
#include "methods/interface/combinable.h"
#include "methods/interface/combined_entry.h"

// A line a method: methods/NAME.cpp, whose last function is NAME_method().
// clang-format off
#define SKIPBENCH_METHODS(line) \
  line(full) \
  line(spts) \
  line(sliminfer) \
  line(ffn_control) \
  line(ffn_skipllm) \
  line(ftp_ffn) \
  line(gemfilter) \
  line(lazyllm) \
  line(fastkv) \
  line(uniprefill) \
  line(pyramidinfer) \
  line(dash) \
  line(asl) \
  line(tsa) \
  line(minference) \
  line(flexprefill) \
  line(xattention) \
  line(block_sparse) \
  line(streamingllm) \
  line(snapkv) \
  line(pyramidkv) \
  line(h2o)
// clang-format on

namespace skipbench {

#define DECLARED(name) MethodEntry name##_method();
SKIPBENCH_METHODS(DECLARED)

std::span<const MethodEntry> all_methods() {
#define MADE(name) name##_method(),
  static const std::array methods{SKIPBENCH_METHODS(MADE)};
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
