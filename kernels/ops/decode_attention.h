#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace skipbench::ops {

/// How many rows of a cache are in use: `rows`, plus the number at on_device ([1] int64) where that
/// is defined; then a captured CUDA graph sees another length each time.
struct CacheLength {
  int64_t rows = 0;
  at::Tensor on_device = {};
};

/// Whether decode_attention has a kernel for these: CUDA, fp16 or bf16, head size 64 or 128, at
/// most 8 query heads a KV head.
bool decode_attention_has_kernel(const at::Tensor& q, const at::Tensor& keys,
                                 const at::Tensor& values);

/// Attention of the n newest tokens over a cache that ends with their own rows: query i sees rows
/// 0..L-n+i of L. q: [n, H, d], any row stride; keys, values: [Hkv, capacity, d]; result [n, H, d]
/// contiguous. With a kernel two launches, which read K and V once for each query; nothing waits.
/// Without one the length comes to the host, and cached_attention computes it.
at::Tensor decode_attention(const at::Tensor& q, const at::Tensor& keys, const at::Tensor& values,
                            const CacheLength& length);

}  // namespace skipbench::ops
