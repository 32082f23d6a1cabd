#pragma once

#include <cstdint>

namespace skipbench::ops {

/// Bits of x that order as unsigned integers as the numbers do; -0 counts as +0. No number maps to
/// 0 or to the largest integer.
__device__ __forceinline__ uint32_t ordered_bits(float x) {
  const uint32_t bits = __float_as_uint(x + 0.0F);
  return (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
}

}  // namespace skipbench::ops
