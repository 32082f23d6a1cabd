#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace skipbench {

class LayerContext;
class SeenAttention;

/// What the last w of T tokens pay along the lines of the attention map, per query head.
struct LineSums {
  at::Tensor vertical;  // [H, T] fp32: to key j, the sum over the queries
  at::Tensor slash;     // [H, T] fp32: to the key o after the query, the sum over the queries
};

/// From the softmax over all keys that each of the last min(window, T) queries may see. One KV head
/// at a time: H / Hkv * w * T floats.
/// Source: MInference, arXiv 2407.02490, vertical-slash pattern; FlexPrefill, arXiv 2502.20766.
LineSums line_sums(LayerContext& layer, const SeenAttention& seen, int64_t window);

}  // namespace skipbench
