#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "kernels/ops/rows/cache_place.h"

namespace skipbench::ops {

/// Whether decode_attention has a kernel for these: CUDA, fp16 or bf16, head size 64 or 128, at
/// most 8 query heads a KV head.
bool decode_attention_has_kernel(const at::Tensor& q, const at::Tensor& keys,
                                 const at::Tensor& values);

/// The same for a cache that a place in device memory leads to, whose layout always fits.
bool decode_attention_has_kernel(const at::Tensor& q, int64_t kv_heads);

/// Attention of the n newest tokens over a cache that ends with their own rows: query i sees rows
/// 0..L-n+i of L = `length`. q: [n, H, d], any row stride; keys, values: [Hkv, capacity, d]; result
/// [n, H, d] contiguous. With a kernel two launches, which read K and V once for each query;
/// nothing waits. Without one cached_attention computes it.
at::Tensor decode_attention(const at::Tensor& q, const at::Tensor& keys, const at::Tensor& values,
                            int64_t length);

/// The same over the cache that a place in device memory leads to; the n tokens' own rows lie
/// after those that the place counts. `capacity`: rows that the cache may have, by which the work
/// is split.
at::Tensor decode_attention(const at::Tensor& q, const PlacedCache& cache, int64_t capacity);

}  // namespace skipbench::ops
