#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace skipbench {

class LayerContext;
class SeenAttention;

/// XAttention's estimate of the attention between square blocks of kSquareBlock tokens, per query
/// head: the scores on the antidiagonals of stride x stride squares are added up, scaled by
/// 1 / (sqrt(d) stride), go through a softmax over the causal squares of their row, and are summed
/// over each block: 1 / stride of the products of full attention. stride divides kSquareBlock.
/// Rows of blocks go in groups whose scores fill at most 256 MiB. Result [H, S, S] fp32, 0 above
/// the diagonal. Source: arXiv 2503.16428.
at::Tensor antidiagonal_scores(LayerContext& layer, const SeenAttention& seen, int64_t stride);

}  // namespace skipbench
