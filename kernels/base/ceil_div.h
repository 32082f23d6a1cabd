#pragma once

#include <algorithm>
#include <cstdint>

namespace skipbench {

/// How many groups of b it takes to hold a; a not negative, b positive.
constexpr int64_t ceil_div(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

/// The size of chunks that are equal but for a last one's rounding, as few as hold `count` things
/// at no more than `most` each: a last chunk of a few rows would take as long as many.
constexpr int64_t equal_chunk(int64_t count, int64_t most) {
  return ceil_div(count, std::max<int64_t>(1, ceil_div(count, most)));
}

}  // namespace skipbench
