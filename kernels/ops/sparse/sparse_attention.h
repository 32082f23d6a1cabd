#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <limits>

#include "kernels/ops/sparse/sparse_blocks.h"

namespace skipbench::ops {

/// Fills the row of a head that has fewer columns than others: no key, after every query.
inline constexpr int64_t kNoColumn = std::numeric_limits<int64_t>::max();

/// Which keys the queries see, per query head. Q = query_blocks(T), K = key_blocks(T). What lies
/// after a query is never seen, whatever the blocks say.
struct SparsePattern {
  at::Tensor blocks;   // [H, Q, K] bool: block of queries x block of keys
  at::Tensor columns;  // [H, C] int64, ascending, unique: single keys which all later queries see
                       // as well, kNoColumn after the last; undefined for none
};

/// Causal attention of T tokens among themselves, of the pattern's pairs alone (the union of blocks
/// and columns; never a key after the query). Every query must see a key.
/// q: [T, H, d]; k, v: [T, Hkv, d], H a multiple of Hkv; result [T, H, d] contiguous. Scale
/// 1/sqrt(d). On a GPU of compute capability 9.0 one kernel
/// serves fp16 and bf16, head sizes 64 and 128, and up to two million tokens; otherwise the keys
/// are gathered for each head and block of queries.
at::Tensor sparse_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            const SparsePattern& pattern);

/// Causal pairs of the pattern, the mean over heads, rounded: [] int64 on the pattern's device.
/// Nothing waits.
at::Tensor sparse_pairs(const SparsePattern& pattern, int64_t tokens);

}  // namespace skipbench::ops
