#include "methods/selection/scored_cache.h"

#include "kernels/model/layer_context.h"
#include "methods/selection/window_scores.h"

namespace skipbench {

std::optional<Attended> ScoredCache::attend(LayerContext& layer, const AttentionRows&,
                                            const AttentionInputs& inputs) {
  if (needs_scores(layer)) scores_ = scores(layer, inputs);
  return std::nullopt;
}

CachedRows ScoredCache::cached_rows(LayerContext& layer, const AttentionRows& rows) {
  const int64_t count = cached_count(layer);
  if (count == layer.live()) return Method::cached_rows(layer, rows);
  return top_and_recent(scores_, count, layer.live());
}

bool ScoredCache::needs_scores(const LayerContext& layer) const {
  return cached_count(layer) < layer.live();
}

}  // namespace skipbench
