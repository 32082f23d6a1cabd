#include "harness/sources/source_hashes.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

// "a/b_c" without its last word: "a/b", then "a"; "" in the end.
std::string_view shortened(std::string_view path) {
  return path.substr(0, std::max<size_t>(path.find_last_of("/_") + 1, 1) - 1);
}

}  // namespace

std::string_view SourceHashes::of(std::string_view path) const {
  for (std::string_view name = path; !name.empty(); name = shortened(name)) {
    const auto found = std::lower_bound(
        sorted_.begin(), sorted_.end(), name,
        [](const SourceHash& each, std::string_view wanted) { return each.path < wanted; });
    if (found != sorted_.end() && found->path == name) return found->hash;
  }
  throw ContractError(fmt::format("'{}' is not a source of rows", path));
}

}  // namespace skipbench
