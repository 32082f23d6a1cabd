#include "methods/sparse/line_sums.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/model/layer_context.h"
#include "methods/selection/wide_product.h"

namespace skipbench {
namespace {

// queries: [w, g, d] of the last w tokens, keys: [T, d] of the KV head that they share: what they
// pay, [g, w, T] fp32.
at::Tensor attention_weights(const at::Tensor& queries, const at::Tensor& keys) {
  const int64_t window = queries.size(0), group = queries.size(1), size = queries.size(2);
  const int64_t tokens = keys.size(0);
  at::Tensor scores =
      wide_product(queries.transpose(0, 1).reshape({1, group * window, size}), keys.unsqueeze(0))
          .view({group, window, tokens});
  scores.mul_(1.0 / std::sqrt(static_cast<double>(size)));
  const at::Tensor unseen = at::ones({window, tokens}, scores.options().dtype(at::kBool))
                                .triu_(tokens - window + 1);  // [w, T]
  scores.masked_fill_(unseen, -std::numeric_limits<double>::infinity());
  return at::softmax(scores, -1);
}

// Sums along the diagonals: of the i-th of the last w queries the key at distance o, [g, T] by o.
// weights: [g, w, T].
at::Tensor diagonal_sums(const at::Tensor& weights) {
  const int64_t group = weights.size(0), window = weights.size(1), tokens = weights.size(2);
  // With w - 1 zeros before each row, a diagonal lies at a fixed column plus the row.
  const at::Tensor padded = at::constant_pad_nd(weights, {window - 1, 0});  // [g, w, T + w - 1]
  const int64_t width = padded.size(2);
  return padded.as_strided({group, window, tokens}, {window * width, width + 1, 1}).sum(1).flip(1);
}

}  // namespace

LineSums line_sums(LayerContext& layer, const SeenAttention& seen, int64_t window) {
  const int64_t live = layer.live(), last = std::min(window, live);
  const int64_t heads = layer.config().query_heads, kv_heads = layer.config().kv_heads;
  const int64_t group = heads / kv_heads;
  layer.meter().scores(WorkKind::kProbe, last * live, heads, layer.config().head_size);

  const auto options = seen.keys().options().dtype(at::kFloat);
  const LineSums sums{at::empty({heads, live}, options), at::empty({heads, live}, options)};
  for (int64_t kv_head = 0; kv_head < kv_heads; ++kv_head) {
    const at::Tensor weights = attention_weights(
        seen.queries().narrow(0, live - last, last).narrow(1, kv_head * group, group),
        seen.keys().select(1, kv_head));  // [g, w, T]
    sums.vertical.narrow(0, kv_head * group, group).copy_(weights.sum(1));
    sums.slash.narrow(0, kv_head * group, group).copy_(diagonal_sums(weights));
  }
  return sums;
}

}  // namespace skipbench
