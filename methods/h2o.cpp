#include "methods/h2o.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "kernels/base/budget.h"
#include "kernels/model/layer_context.h"
#include "methods/entry.h"
#include "methods/selection/scored_cache.h"
#include "methods/selection/window_scores.h"

namespace skipbench {
namespace {

// So many attention weights exist at once (256 MiB in fp32), of so many queries.
constexpr int64_t kWeightsAtOnce = int64_t{1} << 26;
constexpr int64_t kQueriesAtOnce = 256;

/// H2O, arXiv 2306.14048: after prefill each KV head keeps the heavy hitters, the tokens that
/// received most attention from the whole prompt, and the most recent ones. Prefill is full
/// attention, and the probe computes all its weights a second time. Every generated token is kept:
/// nothing is evicted during decoding. V: tokens that attention sees, by itself the whole prompt.
class H2o : public ScoredCache {
 public:
  explicit H2o(const H2oParameters& parameters) : p_(parameters) {}

 private:
  int64_t recent(const LayerContext& layer, int64_t visible) const {
    return select_count(p_.recent.resolve(layer.prompt().length()), visible);
  }
  // At least the recent ones.
  int64_t cached_count(const LayerContext& layer, int64_t visible) const override {
    const int64_t budget = p_.keep.resolve(layer.prompt().length());
    return std::max(select_count(budget, visible), recent(layer, visible));
  }

  // The attention each token receives from all queries, over the query heads of a KV head:
  // [Hkv, V - r]. A chunk of queries sees no key behind its last one.
  at::Tensor scores(LayerContext& layer, const SeenAttention& seen) const override {
    const ModelConfig& c = layer.config();
    const int64_t visible = seen.visible();
    const int64_t chunk =
        std::clamp<int64_t>(kWeightsAtOnce / (c.query_heads * visible), 1, kQueriesAtOnce);
    layer.meter().scores(WorkKind::kProbe, seen.pairs_from(0), c.query_heads, c.head_size);
    const at::Tensor keys = seen.keys().to(at::kFloat);                  // [V, Hkv, d]
    at::Tensor sums = at::zeros({c.kv_heads, visible}, keys.options());  // [Hkv, V]
    for (int64_t begin = 0; begin < seen.asking(); begin += chunk) {
      const int64_t count = std::min(chunk, seen.asking() - begin);
      const int64_t reach = seen.all_ask() ? begin + count : visible;
      sums.narrow(1, 0, reach) +=
          summed_attention(seen.queries().narrow(0, begin, count), keys.narrow(0, 0, reach),
                           seen.ranks(begin, count))
              .sum(1);
    }
    return sums.narrow(1, 0, visible - recent(layer, visible));
  }

  H2oParameters p_;
};

}  // namespace

MethodEntry h2o_method() {
  return method_entry<H2oParameters, H2o>(
      {.name = "h2o",
       .summary = "H2O: after prefill each KV head keeps what received most attention, and the "
                  "most recent tokens",
       .paper = "2306.14048",
       .fate = "prefill is as without it; dropped tokens leave the cache of their KV head, so that "
               "generated "
               "ones do not see them there",
       .decides = {Decision::kCachedRows}});
}

}  // namespace skipbench
