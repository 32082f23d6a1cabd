#pragma once

#include <cstdint>

#include "kernels/ops/device/cuda_types.h"

namespace skipbench::ops {

/// Attention of blocks of queries to the keys listed for them, on the tensor cores of compute
/// capability 9.0. Rows of q, k and v hold their heads side by side and lie *_row_stride elements
/// apart, each head on a multiple of 16 bytes.
struct SparseAttentionJob {
  Element element;  // fp16 or bf16
  const void *q, *k, *v;
  int64_t q_row_stride, k_row_stride, v_row_stride;
  int64_t tokens;
  int query_heads, kv_heads;
  int head_size;                 // 64 or 128
  int query_blocks, key_blocks;  // Q and K below, as sparse_blocks.h counts them
  // [query_heads, Q, K], Q = query_blocks(tokens), K = key_blocks(tokens) (sparse_blocks.h):
  // whether the block of queries sees the block of keys.
  const bool* blocks;
  // [query_heads, columns]: keys that every later query sees as well, ascending; kNoColumn after.
  const int64_t* column_keys;
  int columns;
  // Scratch: what each block of queries sees, [query_heads, Q, .], and how many of it.
  int16_t* block_list;    // [query_heads, Q, K]
  int32_t* column_list;   // [query_heads, Q, columns]
  int32_t* list_lengths;  // [query_heads, Q, 2]: blocks, columns
  void* out;              // [tokens, query_heads, head_size]
};

/// Attention over the keys that the lists hold.
void launch_sparse_attention(const SparseAttentionJob& job, CudaStream stream);

/// Whether the current device has what the kernel is made for.
bool device_runs_sparse_attention();

}  // namespace skipbench::ops
