#include "methods/selection/scored_cache.h"

#include "kernels/model/layer_context.h"
#include "methods/selection/window_scores.h"

namespace skipbench {
namespace {

// Ranks among the visible tokens as ranks among the living ones.
at::Tensor among_living(const at::Tensor& ranks, const TokenRows& visible) {
  if (visible.selects_all()) return ranks;
  return visible.indices(ranks.device()).index_select(0, ranks.flatten()).view_as(ranks);
}

}  // namespace

Keeps ScoredCache::keeps(LayerContext& layer) {
  const SeenAttention& seen = layer.seen();
  const int64_t visible = seen.visible(), count = cached_count(layer, visible);
  if (needs_scores(layer, visible)) scores_ = scores(layer, seen);
  if (count == visible) return Run::keeps(layer);
  kept_ = top_and_recent(scores_, count, visible);
  return {.per_head = among_living(kept_, seen.visible_rows())};
}

void ScoredCache::end_prompt(KvCache&) {
  scores_.reset();
  kept_.reset();
}

bool ScoredCache::needs_scores(const LayerContext& layer, int64_t visible) const {
  return cached_count(layer, visible) < visible;
}

}  // namespace skipbench
