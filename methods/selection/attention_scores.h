#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace skipbench {

class LayerContext;
class SeenAttention;

/// S, the partial attention probe: how much the last `probe_queries` living tokens attend to each
/// of the T, mean over query heads and queries. In reads() only; the keys are the layer's own and
/// are computed once. Result: [T] fp32.
/// Source: SPTS, arXiv 2601.13155, partial attention probing.
at::Tensor attention_scores(LayerContext& layer, int64_t probe_queries);

/// The same from what the layer's attention saw, which must be every living token: nothing is
/// projected twice.
at::Tensor attention_scores(LayerContext& layer, const SeenAttention& seen, int64_t probe_queries);
/// By query head, the mean over queries only: [H, T] fp32.
at::Tensor attention_scores_per_head(LayerContext& layer, const SeenAttention& seen,
                                     int64_t probe_queries);
/// A weight [w] fp32 for each of the last w <= T queries; mean over query heads: [T] fp32.
at::Tensor weighted_attention_scores(LayerContext& layer, const SeenAttention& seen,
                                     const at::Tensor& query_weights);

/// Each score averaged with its neighbours, `pool` (odd) in all; what lies outside counts as 0.
/// scores: [T] or [H, T]; result alike.
at::Tensor mean_pooled(const at::Tensor& scores, int64_t pool);

/// ||attention output|| of each living token, 0 for those that attention did not update: [T] fp32.
/// After attention and before tokens are dropped.
at::Tensor attention_change(const LayerContext& layer);
/// The Needs::attention_output of a method that asks for it in any layer.
std::vector<int64_t> all_layers(int64_t layers);

}  // namespace skipbench
