#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "kernels/ops/rows/cache_place.h"

namespace skipbench::ops {

/// Rotates x in place (rotate-half convention: element i pairs with i + d/2).
/// x: [M, heads, d], last dimension contiguous; cosine, sine: [M, d / 2] fp32. Computed in fp32.
void rope_(at::Tensor x, const at::Tensor& cosine, const at::Tensor& sine);

/// The same in LibTorch's operators: what runs off the CPU, and what the CPU's loop is tested with.
void rope_reference_(at::Tensor x, const at::Tensor& cosine, const at::Tensor& sine);

/// The tables of every position: row p holds the cosines (sines) of position p's d / 2 angles.
struct RopeTables {
  at::Tensor cosine, sine;  // [length, d / 2] fp32, contiguous
};

/// Rotates x in place at `positions`. x: [M, heads, d], a view with any row stride: K and Q heads
/// that lie side by side in a fused product are rotated in one launch; positions: [M] int64, each
/// below the tables' length. Bytes on CUDA: 2 x M x heads x d elements.
void rope_at_(at::Tensor x, const at::Tensor& positions, const RopeTables& tables);

/// Where rows go in one layer's KV cache.
struct CacheTarget {
  at::Tensor keys, values;  // [Hkv, capacity, d], contiguous
  int64_t first = 0;        // the cache row of the first row written
};

/// One layer's fused product: rotates its K and Q heads in place and writes rotated K and plain V
/// to the cache, in one launch. kqv: [M, Hkv + H + Hkv, d], any row stride; positions: [M] int64.
void rope_kqv_into_cache_(at::Tensor kqv, const at::Tensor& positions, const RopeTables& tables,
                          const CacheTarget& target);

/// The same into the cache that a place in device memory leads to, after the rows in use there,
/// which stay as many: with a kernel nothing waits, without one the place comes to the host.
void rope_kqv_into_cache_(at::Tensor kqv, const at::Tensor& positions, const RopeTables& tables,
                          const PlacedCache& target);

/// Writes rotated K and plain V of the selected rows to the cache; keys and values stay as they
/// are. keys, values: [T, Hkv, d], any row stride; rows: [M] int64, undefined for all; positions:
/// [T] int64 of the keys' rows.
void rope_into_cache_(const at::Tensor& keys, const at::Tensor& values, const at::Tensor& rows,
                      const at::Tensor& positions, const RopeTables& tables,
                      const CacheTarget& target);

/// The same for keys that are rotated already (a probe asked for them): K and V of the selected
/// rows in one launch.
void copy_into_cache_(const at::Tensor& keys, const at::Tensor& values, const at::Tensor& rows,
                      const CacheTarget& target);

}  // namespace skipbench::ops
