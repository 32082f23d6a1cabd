#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace skipbench::ops {

/// Where one layer's KV cache lies (cache_place_cuda.h), as tensors hold it: kCachePlaceWidth int64
/// side by side. Whoever runs an operation on it keeps the cache alive.
inline constexpr int64_t kCachePlaceWidth = 4;

/// A cache that a place in device memory leads to, where operations take it for a cache.
struct PlacedCache {
  at::Tensor place;  // [kCachePlaceWidth] int64
  int64_t kv_heads;
};

/// Writes the place of keys and values, [Hkv, capacity, d] contiguous, with `length` rows in use to
/// kCachePlaceWidth numbers in host memory.
void write_place(int64_t* place, const at::Tensor& keys, const at::Tensor& values, int64_t length);

/// The first length + more rows at a place, as tensors on the place's device: what operations use
/// that have no kernel. Waits for the device.
struct PlacedRows {
  at::Tensor keys, values;  // [Hkv, length + more, d], views of the cache
};
PlacedRows rows_at(const PlacedCache& cache, int64_t more, int64_t head_size, at::ScalarType dtype);

}  // namespace skipbench::ops
