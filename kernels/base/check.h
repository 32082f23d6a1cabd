#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "kernels/base/error.h"

namespace skipbench {

/// Throws ContractError with the formatted message unless `holds`.
template <class... Args>
void require(bool holds, fmt::format_string<Args...> message, Args&&... args) {
  if (!holds) throw ContractError(fmt::format(message, std::forward<Args>(args)...));
}

}  // namespace skipbench
