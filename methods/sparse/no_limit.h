#pragma once

#include <cstdint>
#include <limits>

#include "kernels/base/budget.h"

namespace skipbench {

/// More tokens than any prompt and its reply have: a cache that is managed while decoding, from
/// which nothing has to leave. A share of 1.0 turns its management off.
inline constexpr Budget kNoLimit = Budget::tokens(std::numeric_limits<int32_t>::max());

}  // namespace skipbench
