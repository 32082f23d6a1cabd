#include "methods/selection/scored_cache.h"

#include "kernels/model/prefill/layer_context.h"
#include "methods/selection/window_scores.h"

namespace skipbench {
namespace {

// Ranks among the visible tokens as ranks among the living ones.
at::Tensor among_living(const at::Tensor& ranks, const TokenRows& visible) {
  if (visible.selects_all()) return ranks;
  return visible.indices(ranks.device()).index_select(0, ranks.flatten()).view_as(ranks);
}

}  // namespace

std::optional<Attended> ScoredCache::attend(LayerContext& layer, const AttentionRows& rows,
                                            const AttentionInputs& inputs) {
  if (needs_scores(layer, rows.visible.count())) scores_ = scores(layer, {rows, inputs});
  return std::nullopt;
}

CachedRows ScoredCache::cached_rows(LayerContext& layer, const AttentionRows& rows) {
  const int64_t visible = rows.visible.count(), count = cached_count(layer, visible);
  if (count == visible) return Method::cached_rows(layer, rows);
  kept_ = top_and_recent(scores_, count, visible);
  return {.shared = {}, .per_head = among_living(kept_, rows.visible)};
}

bool ScoredCache::needs_scores(const LayerContext& layer, int64_t visible) const {
  return cached_count(layer, visible) < visible;
}

}  // namespace skipbench
