#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace skipbench::ops {

inline constexpr int64_t kQueryBlock = 128;  // rows of a query block
inline constexpr int64_t kKeyBlock = 64;     // keys of a key block

/// Blocks that T tokens fall into; the last may be partial.
constexpr int64_t query_blocks(int64_t tokens) {
  return (tokens + kQueryBlock - 1) / kQueryBlock;
}
constexpr int64_t key_blocks(int64_t tokens) {
  return (tokens + kKeyBlock - 1) / kKeyBlock;
}

/// Which keys the queries see, per query head. Q = query_blocks(T), K = key_blocks(T). What lies
/// behind a query is never seen, whatever the blocks say.
struct SparsePattern {
  at::Tensor blocks;   // [H, Q, K] bool: block of queries x block of keys
  at::Tensor columns;  // [H, C] int64, ascending, unique: single keys which all later queries see
                       // as well; undefined for none
};

/// Causal attention of T tokens among themselves, of the pattern's pairs alone (the union of blocks
/// and columns; never a key behind the query). Every query must see a key.
/// q: [T, H, d]; k, v: [T, Hkv, d], H a multiple of Hkv; result [T, H, d] contiguous. Scale
/// 1/sqrt(d). LibTorch's way gathers, for each head and block of queries, the keys that it sees.
at::Tensor sparse_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            const SparsePattern& pattern);

/// Causal pairs of the pattern, the mean over heads, rounded. Waits for the device.
int64_t sparse_pairs(const SparsePattern& pattern, int64_t tokens);

}  // namespace skipbench::ops
