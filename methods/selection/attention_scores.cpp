#include "methods/selection/attention_scores.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "kernels/base/check.h"
#include "kernels/model/layer_context.h"
#include "kernels/ops/attention/attention_probe.h"

namespace skipbench {

namespace {

// Accounts for the scores of the last `window` queries and returns how many there are.
int64_t metered_window(LayerContext& layer, int64_t probe_queries) {
  const int64_t live = layer.live(), window = std::min(probe_queries, live);
  const int64_t pairs = causal_pairs(live) - causal_pairs(live - window);
  layer.meter().scores(WorkKind::kProbe, pairs, layer.config().query_heads,
                       layer.config().head_size);
  return window;
}

// The last `window` of the layer's queries: [w, H, d].
at::Tensor last_queries(LayerContext& layer, const SeenAttention& seen, int64_t probe_queries) {
  const int64_t live = layer.live(), window = metered_window(layer, probe_queries);
  require(seen.queries().size(0) == live && seen.keys().size(0) == live,
          "attention scores of {} queries and {} keys, but {} tokens are alive",
          seen.queries().size(0), seen.keys().size(0), live);
  return seen.queries().narrow(0, live - window, window);
}

}  // namespace

at::Tensor attention_scores(LayerContext& layer, int64_t probe_queries) {
  const int64_t window = metered_window(layer, probe_queries);
  return ops::attention_probe(layer.last_queries(window), layer.keys());
}

at::Tensor attention_scores(LayerContext& layer, const SeenAttention& seen, int64_t probe_queries) {
  return ops::attention_probe(last_queries(layer, seen, probe_queries), seen.keys());
}

at::Tensor attention_scores_per_head(LayerContext& layer, const SeenAttention& seen,
                                     int64_t probe_queries) {
  return ops::attention_probe_per_head(last_queries(layer, seen, probe_queries), seen.keys());
}

at::Tensor weighted_attention_scores(LayerContext& layer, const SeenAttention& seen,
                                     const at::Tensor& query_weights) {
  const at::Tensor queries = last_queries(layer, seen, query_weights.size(0));
  return ops::weighted_attention_probe(queries, seen.keys(), query_weights);
}

at::Tensor mean_pooled(const at::Tensor& scores, int64_t pool) {
  const at::Tensor rows = scores.view({1, -1, scores.size(-1)});  // [1, H, T]
  return at::avg_pool1d(rows, pool, /*stride=*/1, /*padding=*/pool / 2).view(scores.sizes());
}

at::Tensor attention_change(const LayerContext& layer) {
  const TokenRows& updated = layer.updated_rows();
  const at::Tensor norms =
      at::linalg_vector_norm(layer.attention_output(), 2, at::IntArrayRef{1}, false, at::kFloat);
  if (updated.selects_all()) return norms;
  return at::zeros({layer.live()}, norms.options())
      .index_copy_(0, updated.indices(norms.device()), norms);
}

std::vector<int64_t> all_layers(int64_t layers) {
  std::vector<int64_t> all(layers);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

}  // namespace skipbench
