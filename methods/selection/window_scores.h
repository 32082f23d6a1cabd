#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "kernels/model/layer_hooks.h"
#include "methods/selection/window_parameters.h"

namespace skipbench {

/// The attention that w consecutive tokens pay to each key up to the last of them: softmax over the
/// keys each query sees, summed over the queries, each query head by itself.
/// queries: [w, H, d]; keys: [K, Hkv, d], the last w of them the queries' own; result
/// [Hkv, H / Hkv, K] fp32. Needs w * H * K floats.
at::Tensor summed_attention(const at::Tensor& queries, const at::Tensor& keys);

/// How much the last w living tokens attend to each of those before them, pooled over neighbours
/// within each query head, then summed over the query heads of a KV head: [Hkv, T - w] fp32, w < T.
/// `inputs` are those of attention over all living tokens. Source: SnapKV, arXiv 2404.14469.
at::Tensor window_scores(LayerContext& layer, const AttentionInputs& inputs,
                         const WindowParameters& parameters);

/// For each KV head the `count - r` tokens with the highest scores, and the last r living tokens,
/// which have no score. scores: [Hkv, T - r]; r <= count < T.
CachedRows top_and_recent(const at::Tensor& scores, int64_t count, int64_t live);

}  // namespace skipbench
