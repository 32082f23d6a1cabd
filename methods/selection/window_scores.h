#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "kernels/model/seen_attention.h"
#include "methods/selection/window_parameters.h"

namespace skipbench {

class LayerContext;

/// The attention that w queries pay to each key: softmax over the keys up to each query's own rank,
/// summed over the queries, each query head by itself.
/// queries: [w, H, d]; keys: [K, Hkv, d]; ranks: [w] int64, of the queries among the keys; result
/// [Hkv, H / Hkv, K] fp32. Needs w * H * K floats.
at::Tensor summed_attention(const at::Tensor& queries, const at::Tensor& keys,
                            const at::Tensor& ranks);

/// How much the last w tokens that ask attend to each of the visible ones before the last w, pooled
/// over neighbours and, as `gqa` says, summed over the query heads of a KV head, before or after:
/// [Hkv or H, V - w] fp32, w < V. Source: SnapKV, arXiv 2404.14469.
at::Tensor window_scores(LayerContext& layer, const SeenAttention& seen,
                         const WindowParameters& parameters);

/// The sum over a dimension of few elements, added in the same order for every other place: equal
/// addends, as pooling leaves them to neighbours, give equal sums, so that ties go to the lower
/// index. (LibTorch's sum() adds in another order after its last whole vector.)
at::Tensor sum_in_order(const at::Tensor& x, int64_t dim);

/// For each head the ranks of the `count - r` tokens with the highest scores and of the last r,
/// which have no score: [n, count] int64, ascending. scores: [n, V - r]; r <= count < V.
at::Tensor top_and_recent(const at::Tensor& scores, int64_t count, int64_t visible);

}  // namespace skipbench
