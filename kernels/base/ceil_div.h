#pragma once

#include <cstdint>

namespace skipbench {

/// How many groups of b it takes to hold a; a not negative, b positive.
constexpr int64_t ceil_div(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

}  // namespace skipbench
