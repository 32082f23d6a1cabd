#include "methods/selection/window_scores.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/model/layer_context.h"
#include "kernels/ops/rows/top_k.h"

namespace skipbench {

at::Tensor summed_attention(const at::Tensor& queries, const at::Tensor& keys,
                            const at::Tensor& ranks) {
  const int64_t window = queries.size(0), size = queries.size(2);
  const int64_t tokens = keys.size(0), kv_heads = keys.size(1), group = queries.size(1) / kv_heads;
  // [w, H, d] -> [Hkv, group * w, d]: the query heads of one KV head side by side.
  const at::Tensor grouped = queries.view({window, kv_heads, group, size})
                                 .permute({1, 2, 0, 3})
                                 .reshape({kv_heads, group * window, size});
  at::Tensor scores = at::bmm(grouped.to(at::kFloat), keys.permute({1, 2, 0}).to(at::kFloat))
                          .mul_(1.0 / std::sqrt(static_cast<double>(size)))
                          .view({kv_heads, group, window, tokens});
  const at::Tensor unseen = at::arange(tokens, ranks.options()) > ranks.unsqueeze(1);  // [w, K]
  scores.masked_fill_(unseen, -std::numeric_limits<double>::infinity());
  return at::softmax(scores, -1).sum(2);  // [Hkv, group, K]
}

at::Tensor window_scores(LayerContext& layer, const SeenAttention& seen,
                         const WindowParameters& parameters) {
  const ModelConfig& c = layer.config();
  const int64_t pool = parameters.pool, before = seen.visible() - parameters.window;
  const int64_t asking = std::min(parameters.window, seen.asking()), first = seen.asking() - asking;
  layer.meter().scores(WorkKind::kProbe, seen.pairs_from(first), c.query_heads, c.head_size);
  const auto of_kv_heads = [&](const at::Tensor& scores) {
    return sum_in_order(scores.view({c.kv_heads, -1, before}), 1);
  };
  at::Tensor attention = summed_attention(seen.queries().narrow(0, first, asking), seen.keys(),
                                          seen.ranks(first, asking))
                             .narrow(2, 0, before)
                             .reshape({c.query_heads, before});  // [H, V - w]
  if (parameters.gqa == "kv_before_pool") attention = of_kv_heads(attention);
  const at::Tensor pooled = parameters.takes_maximum()
                                ? at::max_pool1d(attention, pool, /*stride=*/1, pool / 2)
                                : at::avg_pool1d(attention, pool, /*stride=*/1, pool / 2);
  return parameters.gqa == "kv" ? of_kv_heads(pooled) : pooled;
}

at::Tensor sum_in_order(const at::Tensor& x, int64_t dim) {
  at::Tensor sum = x.select(dim, 0).clone();
  for (int64_t i = 1; i < x.size(dim); ++i) sum.add_(x.select(dim, i));
  return sum;
}

at::Tensor top_and_recent(const at::Tensor& scores, int64_t count, int64_t visible) {
  const int64_t recent = visible - scores.size(1);
  const at::Tensor last =
      at::arange(visible - recent, visible, scores.options().dtype(at::kLong));  // [r]
  std::vector<at::Tensor> heads;
  for (const at::Tensor& head : scores.unbind(0)) {
    heads.push_back(count == recent ? last
                                    : at::cat({ops::top_k_rows(head, count - recent), last}));
  }
  return at::stack(heads);  // [n, count]
}

}  // namespace skipbench
