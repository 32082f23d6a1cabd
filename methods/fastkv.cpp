#include "methods/fastkv.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "kernels/base/budget.h"
#include "kernels/model/prefill/layer_context.h"
#include "methods/interface/entry.h"
#include "methods/selection/scored_cache.h"
#include "methods/selection/window_scores.h"

namespace skipbench {
namespace {

/// FastKV, arXiv 2502.01068: one layer, the TSP layer, chooses the tokens that go on through the
/// layers behind it; beside that each KV head of each layer keeps the best-scored tokens only, by
/// the same scores (SnapKV's). Every generated token is kept. T: living tokens.
class FastKv : public ScoredCache {
 public:
  explicit FastKv(const FastKvParameters& parameters) : p_(parameters) {}

  void attach(const ModelConfig& config) override {
    if (p_.tsp_layer < config.layers) return;
    throw InputError(fmt::format("tsp_layer = {}: {} has {} layers, expected at most {}",
                                 p_.tsp_layer, config.name, config.layers, config.layers - 1));
  }

  // After the TSP layer's FFN: the best by the sum of the KV heads' scores, and the window.
  TokenRows keep_after_layer(LayerContext& layer) override {
    const int64_t live = layer.live(), count = alive_count(layer);
    if (count == live) return TokenRows::all(live);
    const at::Tensor summed = sum_in_order(scores_, 0).unsqueeze(0);  // [1, T - w]
    return TokenRows::of(top_and_recent(summed, count, live)[0], live);
  }

 private:
  // What each KV head is to keep. Behind the TSP layer a share is one of the survivors.
  int64_t capacity(const LayerContext& layer) const {
    if (layer.layer() > p_.tsp_layer && p_.tsp_keep.is_share() && p_.kv_keep.is_share()) {
      const double rate = p_.kv_keep.share_of_prompt() / p_.tsp_keep.share_of_prompt();
      return Budget::share(rate).resolve(layer.live());
    }
    return p_.kv_keep.resolve(layer.prompt().length());
  }
  int64_t at_least_window(int64_t count, const LayerContext& layer) const {
    return select_count(std::max(count, p_.window), layer.live());
  }

  int64_t alive_count(const LayerContext& layer) const {
    const int64_t live = layer.live();
    if (layer.layer() != p_.tsp_layer || live < capacity(layer)) return live;
    return at_least_window(p_.tsp_keep.resolve(layer.prompt().length()), layer);
  }
  int64_t cached_count(const LayerContext& layer, int64_t) const override {
    return at_least_window(capacity(layer), layer);  // attention sees all living tokens
  }
  bool needs_scores(const LayerContext& layer, int64_t visible) const override {
    return std::min(alive_count(layer), cached_count(layer, visible)) < visible;
  }

  at::Tensor scores(LayerContext& layer, const SeenAttention& seen) const override {
    const WindowParameters window = {.window = p_.window, .pool = p_.pool, .pooling = p_.pooling};
    return window_scores(layer, seen, window);  // [Hkv, T - w]
  }

  FastKvParameters p_;
};

}  // namespace

MethodEntry fastkv_method() {
  return method_entry<FastKvParameters, FastKv>(
      {.name = "fastkv",
       .summary =
           "FastKV: after one layer only the tokens that the prompt's last queries attend to "
           "go on, and every layer's cache keeps few of those it saw",
       .paper = "2502.01068",
       .fate =
           "dropped tokens are gone for later layers; earlier layers cache them where their own "
           "scores say so",
       .decides = {Decision::kCachedRows, Decision::kKeepAfterLayer}});
}

}  // namespace skipbench
