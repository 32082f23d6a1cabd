#include "methods/selection/attention_scores.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "kernels/model/layer_context.h"
#include "kernels/ops/attention_probe.h"

namespace skipbench {

at::Tensor attention_scores(LayerContext& layer, int64_t probe_queries) {
  const int64_t live = layer.live(), window = std::min(probe_queries, live);
  const auto options = at::TensorOptions(layer.device()).dtype(at::kLong);
  const TokenRows last = TokenRows::of(at::arange(live - window, live, options), live);
  const at::Tensor queries = layer.queries(last);  // [w, H, d]
  const int64_t pairs = causal_pairs(live) - causal_pairs(live - window);
  layer.meter().scores(WorkKind::kProbe, pairs, layer.config().query_heads,
                       layer.config().head_size);
  return ops::attention_probe(queries, layer.keys());
}

at::Tensor attention_change(const LayerContext& layer) {
  const TokenRows& updated = layer.updated_rows();
  const at::Tensor norms =
      at::linalg_vector_norm(layer.attention_output(), 2, at::IntArrayRef{1}, false, at::kFloat);
  if (updated.selects_all()) return norms;
  return at::zeros({layer.live()}, norms.options())
      .index_copy_(0, updated.indices(norms.device()), norms);
}

}  // namespace skipbench
