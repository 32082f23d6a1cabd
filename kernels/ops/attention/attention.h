#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace skipbench::ops {

/// Causal attention of M tokens among themselves: row i sees rows 0..i.
/// q: [M, H, d]; k, v: [M, Hkv, d], H a multiple of Hkv; result [M, H, d] contiguous. Scale
/// 1/sqrt(d). On a GPU in half precision the rows are padded to a planned number (row_buffer.h), in
/// place when all three have `room` after their rows.
at::Tensor causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            bool room = false);

/// How many different shapes attention has met on this thread for which a plan may have to be
/// built. cuDNN's plans live as long as the thread, and so does this count: a time during which it
/// rose holds 40 to 60 ms of planning for each.
int64_t attention_plans_met();

/// Attention of M selected tokens over all T: query i, whose rank is ranks[i], sees keys
/// 0..ranks[i]. q: [M, H, d]; k, v: [T, Hkv, d]; ranks: [M] int64 ascending; result [M, H, d].
/// On the CPU the queries go in chunks that see no key after their last rank; on a GPU in half
/// precision queries and keys are padded to planned numbers, in place when all three have `room`.
at::Tensor selected_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                              const at::Tensor& ranks, bool room = false);

/// Attention of the n newest tokens over a cache that ends with their own rows: query i sees keys
/// 0..length-n+i. q: [n, H, d]; k, v: [Hkv, length, d]; result [n, H, d].
at::Tensor cached_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

}  // namespace skipbench::ops
