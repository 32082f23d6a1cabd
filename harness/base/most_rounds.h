#pragma once

#include <cstdint>

namespace skipbench {

/// So many timed rounds of a sample at most. Stored rows count their rounds in blocks of this many
/// (run/unit_finder.cpp): another number would move them.
inline constexpr int64_t kMostRounds = 10'000;

}  // namespace skipbench
