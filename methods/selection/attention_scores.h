#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace skipbench {

class LayerContext;

/// S, the partial attention probe: how much the last `probe_queries` living tokens attend to each
/// of the T, mean over query heads and queries. Before attention only; the keys are the layer's own
/// and are computed once. Result: [T] fp32.
/// Source: SPTS, arXiv 2601.13155, partial attention probing.
at::Tensor attention_scores(LayerContext& layer, int64_t probe_queries);

/// ||attention output|| of each living token, 0 for those that attention did not update: [T] fp32.
/// After attention and before tokens are dropped.
at::Tensor attention_change(const LayerContext& layer);

}  // namespace skipbench
