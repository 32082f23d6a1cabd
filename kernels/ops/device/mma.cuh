#pragma once

#include <cstdint>
#include <type_traits>

#include "kernels/ops/device/device_code.cuh"

// Tensor-core products of 16-bit elements, accumulated in fp32: D [16, 8] += A [16, 16] B [16, 8].
//
// A lane with g = lane / 4 and t = lane % 4 holds, two elements a register:
//   a[0]: A[g][2t, 2t+1]   a[1]: A[g+8][2t, 2t+1]   a[2]: A[g][2t+8, 2t+9]   a[3]: A[g+8][2t+8, ..]
//   b[0]: B[2t, 2t+1][g]   b[1]: B[2t+8, 2t+9][g]
//   d[0], d[1]: D[g][2t, 2t+1]   d[2], d[3]: D[g+8][2t, 2t+1]
// (PTX, mma.m16n8k16.) A sum over k does not depend on the order of k: operands that name the same
// elements of memory k in the same way may take any order, so that a lane's share of a row is 16
// bytes in one piece. Lane t then holds elements 32 j + 8 t .. + 7 of its row for the products 2 j
// (a[0], a[2] or b[0], b[1] = words 0, 1) and 2 j + 1 (words 2, 3).

namespace skipbench::ops {

using Words = Pack<uint32_t, 4>;  // eight 16-bit elements

template <class T>
__device__ __forceinline__ Words load_words(const T* source) {
  return load<4>(reinterpret_cast<const uint32_t*>(source));
}

/// The largest, or the sum, over the four lanes that share a row.
__device__ __forceinline__ float quad_max(float x) {
  x = fmaxf(x, __shfl_xor_sync(kAllLanes, x, 1));
  return fmaxf(x, __shfl_xor_sync(kAllLanes, x, 2));
}
__device__ __forceinline__ float quad_sum(float x) {
  x += __shfl_xor_sync(kAllLanes, x, 1);
  return x + __shfl_xor_sync(kAllLanes, x, 2);
}

// Attention scores are kept in units of log 2, so that exp2f turns them into weights.
inline constexpr float kLog2E = 1.4426950408889634F;
/// Below any score, and finite: the difference of two such is never NaN.
inline constexpr float kNone = -1e30F;

template <class T>
__device__ __forceinline__ void multiply_add(float (&d)[4], const uint32_t (&a)[4], uint32_t b0,
                                             uint32_t b1) {
  if constexpr (std::is_same_v<T, __half>) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
        "{%0,%1,%2,%3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  } else {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
        "{%8,%9}, {%0,%1,%2,%3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  }
}

}  // namespace skipbench::ops
