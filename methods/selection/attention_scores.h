#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace skipbench {

class LayerContext;
struct AttentionInputs;

/// S, the partial attention probe: how much the last `probe_queries` living tokens attend to each
/// of the T, mean over query heads and queries. Before attention only; the keys are the layer's own
/// and are computed once. Result: [T] fp32.
/// Source: SPTS, arXiv 2601.13155, partial attention probing.
at::Tensor attention_scores(LayerContext& layer, int64_t probe_queries);

/// The same from the layer's own attention inputs, which hold every living token: for methods that
/// decide after attention, in attend(). Nothing is projected twice.
at::Tensor attention_scores(LayerContext& layer, const AttentionInputs& inputs,
                            int64_t probe_queries);
/// By query head, the mean over queries only: [H, T] fp32.
at::Tensor attention_scores_per_head(LayerContext& layer, const AttentionInputs& inputs,
                                     int64_t probe_queries);
/// A weight [w] fp32 for each of the last w <= T queries; mean over query heads: [T] fp32.
at::Tensor weighted_attention_scores(LayerContext& layer, const AttentionInputs& inputs,
                                     const at::Tensor& query_weights);

/// Each score averaged with its neighbours, `pool` (odd) in all; what lies outside counts as 0.
/// scores: [T] or [H, T]; result alike.
at::Tensor mean_pooled(const at::Tensor& scores, int64_t pool);

/// ||attention output|| of each living token, 0 for those that attention did not update: [T] fp32.
/// After attention and before tokens are dropped.
at::Tensor attention_change(const LayerContext& layer);

}  // namespace skipbench
