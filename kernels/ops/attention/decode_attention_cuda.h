#pragma once

#include "kernels/ops/device/cuda_types.h"
#include "kernels/ops/rows/cache_place_cuda.h"

namespace skipbench::ops {

/// Attention of the n newest tokens over a cache that ends with their own rows, in parts of the
/// keys that a second launch joins. Query i sees the first L - n + i + 1 rows. Bytes: for each
/// query, K and V of the rows it sees once.
struct DecodeAttentionJob {
  Element element;  // fp16 or bf16
  const void* q;    // rows of kv_heads x group heads, q_row_stride apart
  int64_t q_row_stride;
  const void* keys;  // [kv_heads, capacity, head_size], cache_head_stride apart; a head's rows
                     // below 2^31 elements
  const void* values;
  int64_t cache_head_stride;
  int64_t length;                // L
  const CachePlace* place;       // instead of keys, values and stride, where it is not null; then
                                 // L = its length + `length`
  int queries, kv_heads, group;  // group <= 8
  int head_size;                 // 64 or 128
  int parts;                     // of the keys, from decode_attention_parts()
  float* partial;                // scratch [queries, kv_heads x group, parts, head_size + 2]
  void* out;                     // [queries, kv_heads x group, head_size]
};
void launch_decode_attention(const DecodeAttentionJob& job, CudaStream stream);

/// Into how many parts to split up to `capacity` keys so that the current device is busy.
int decode_attention_parts(int64_t capacity, int queries, int kv_heads);

}  // namespace skipbench::ops
