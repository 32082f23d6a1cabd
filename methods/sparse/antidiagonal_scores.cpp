#include "methods/sparse/antidiagonal_scores.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/base/ceil_div.h"
#include "kernels/model/layer_context.h"
#include "methods/selection/wide_product.h"
#include "methods/sparse/block_patterns.h"

namespace skipbench {
namespace {

constexpr int64_t kChunkBytes = int64_t{1} << 28;

// The `stride` rows of each square side by side, those after the last token zero; of queries in
// reverse, so that a product pairs the rows of an antidiagonal.
// x: [n, heads, d]; result [heads, squares, stride * d].
at::Tensor side_by_side(const at::Tensor& x, int64_t stride, bool reversed) {
  const int64_t squares = ceil_div(x.size(0), stride);
  at::Tensor rows = at::constant_pad_nd(x, {0, 0, 0, 0, 0, squares * stride - x.size(0)})
                        .view({squares, stride, x.size(1), x.size(2)});
  if (reversed) rows = rows.flip(1);
  return rows.permute({2, 0, 1, 3}).reshape({x.size(1), squares, stride * x.size(2)});
}

// scores [H, r, c] of squares, the first row being square `first`, the first column square 0.
at::Tensor causal_softmax(at::Tensor scores, int64_t first) {
  const at::Tensor behind =
      at::ones({scores.size(1), scores.size(2)}, scores.options().dtype(at::kBool))
          .triu_(first + 1);
  scores.masked_fill_(behind, -std::numeric_limits<double>::infinity());
  return at::softmax(scores, -1);
}

// Sums over blocks of side x side squares: [H, r, c] to [H, r / side, c / side], rounded up.
at::Tensor summed_by_block(const at::Tensor& weights, int64_t side) {
  const int64_t rows = ceil_div(weights.size(1), side), columns = ceil_div(weights.size(2), side);
  const at::Tensor padded = at::constant_pad_nd(
      weights, {0, columns * side - weights.size(2), 0, rows * side - weights.size(1)});
  return padded.view({weights.size(0), rows, side, columns, side}).sum(at::IntArrayRef{2, 4});
}

}  // namespace

at::Tensor antidiagonal_scores(LayerContext& layer, const SeenAttention& seen, int64_t stride) {
  const int64_t heads = seen.queries().size(1), size = seen.queries().size(2);
  const int64_t kv_heads = seen.keys().size(1), width = stride * size;
  const double scale = 1.0 / (std::sqrt(static_cast<double>(size)) * static_cast<double>(stride));
  const at::Tensor keys = side_by_side(seen.keys(), stride, /*reversed=*/false);  // [Hkv, c, w]

  const int64_t tokens = layer.live(), blocks = ceil_div(tokens, kSquareBlock);
  const int64_t side = kSquareBlock / stride;  // squares along a block
  const int64_t block_bytes = heads * side * keys.size(1) * static_cast<int64_t>(sizeof(float));
  const int64_t chunk = std::max<int64_t>(1, kChunkBytes / block_bytes);
  at::Tensor result = at::zeros({heads, blocks, blocks}, keys.options().dtype(at::kFloat));
  for (int64_t begin = 0; begin < blocks; begin += chunk) {
    const int64_t end = std::min(begin + chunk, blocks);
    const int64_t first = begin * kSquareBlock, past = std::min(end * kSquareBlock, tokens);
    const at::Tensor queries =
        side_by_side(seen.queries().narrow(0, first, past - first), stride, /*reversed=*/true);
    const int64_t rows = queries.size(1), seen = ceil_div(past, stride);
    layer.meter().scores(WorkKind::kProbe, rows * seen, heads, width);
    const at::Tensor scores =
        wide_product(queries.reshape({kv_heads, -1, width}), keys.narrow(1, 0, seen))
            .view({heads, rows, seen})
            .mul_(scale);
    const at::Tensor weights = causal_softmax(scores, begin * side);
    result.narrow(1, begin, end - begin).narrow(2, 0, end).copy_(summed_by_block(weights, side));
  }
  return result;
}

}  // namespace skipbench
