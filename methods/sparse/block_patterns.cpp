#include "methods/sparse/block_patterns.h"

#include <ATen/ATen.h>

#include "kernels/ops/sparse/sparse_attention.h"

namespace skipbench {
namespace {

using ops::kKeyBlock;
using ops::kQueryBlock;

static_assert(kQueryBlock == 2 * kKeyBlock);

}  // namespace

at::Tensor block_means(const at::Tensor& x) {
  const int64_t tokens = x.size(0), blocks = ops::query_blocks(tokens);
  const at::Tensor padded = at::constant_pad_nd(x, {0, 0, 0, 0, 0, blocks * kSquareBlock - tokens});
  const at::Tensor sums = padded.view({blocks, kSquareBlock, x.size(1), x.size(2)})
                              .sum(at::IntArrayRef{1}, false, at::kFloat);
  at::Tensor counts = at::full({blocks, 1, 1}, kSquareBlock, sums.options());
  counts[blocks - 1] = tokens - (blocks - 1) * kSquareBlock;
  return (sums / counts).transpose(0, 1);
}

at::Tensor block_sums(const at::Tensor& scores) {
  const int64_t tokens = scores.size(1), blocks = ops::query_blocks(tokens);
  return at::constant_pad_nd(scores, {0, blocks * kSquareBlock - tokens})
      .view({scores.size(0), blocks, kSquareBlock})
      .sum(2);
}

at::Tensor pattern_blocks(const at::Tensor& squares, int64_t tokens) {
  return squares.repeat_interleave(kSquareBlock / kKeyBlock, 2)
      .narrow(2, 0, ops::key_blocks(tokens));
}

// Query block b is 128 b .. 128 b + 127, key block k is 64 k .. 64 k + 63. With r = 2 b + 1 - k,
// offset o joins the two where 64 r - 127 <= o <= 64 r + 63: of each three bins of 64 offsets the
// first counts without its lowest.
at::Tensor diagonal_blocks(const at::Tensor& offsets) {
  const int64_t heads = offsets.size(0), tokens = offsets.size(1);
  const int64_t rows = ops::query_blocks(tokens), columns = ops::key_blocks(tokens);
  const at::Tensor bins = at::constant_pad_nd(offsets, {0, 2 * rows * kKeyBlock - tokens})
                              .view({heads, 2 * rows, kKeyBlock});
  const auto later = [&](const at::Tensor& x, int64_t places) {  // [H, 2 Q], false before
    return at::constant_pad_nd(x, {places, 0}).narrow(1, 0, 2 * rows);
  };
  const at::Tensor all = bins.any(2), but_lowest = bins.narrow(2, 1, kKeyBlock - 1).any(2);
  const at::Tensor crossed =
      all.logical_or(later(all, 1)).logical_or(later(but_lowest, 2));  // [H, 2 Q] by r

  const auto options = offsets.options().dtype(at::kLong);
  const at::Tensor distance = (2 * at::arange(rows, options) + 1).unsqueeze(1) -
                              at::arange(columns, options);  // [Q, K], negative after the queries
  return crossed.index_select(1, distance.clamp_min(0).flatten())
      .view({heads, rows, columns})
      .logical_and(distance >= 0);
}

}  // namespace skipbench
