#include "harness/store/row_status.h"

#include <algorithm>
#include <array>
#include <string>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

constexpr std::array<std::string_view, 4> kNames{"ok", "oom", "error", "invalid"};

}  // namespace

std::string_view row_status_name(RowStatus status) {
  return kNames[static_cast<size_t>(status)];
}

RowStatus parse_row_status(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) throw ContractError("unknown row status '" + std::string(name) + "'");
  return static_cast<RowStatus>(found - kNames.begin());
}

}  // namespace skipbench
