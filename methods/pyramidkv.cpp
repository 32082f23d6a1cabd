#include "methods/pyramidkv.h"

#include <algorithm>

#include "kernels/base/budget.h"
#include "kernels/model/layer_context.h"
#include "methods/entry.h"
#include "methods/selection/scored_cache.h"
#include "methods/selection/window_scores.h"

namespace skipbench {
namespace {

/// PyramidKV, arXiv 2406.02069: SnapKV whose cache is wide in the first layers and narrow in the
/// last, linear in between. Prefill is full attention; every generated token is kept. V: tokens
/// that attention sees, by itself the whole prompt.
class PyramidKv : public ScoredCache {
 public:
  explicit PyramidKv(PyramidKvParameters parameters) : p_(std::move(parameters)) {}

  void begin_prompt(const Prompt& prompt) override { rows_ = p_.keep.resolve(prompt.length()); }

 private:
  // The window and, beside it, from the first layer's `most` to the last layer's `least` tokens:
  // least = (keep - w) / beta and most = 2 (keep - w) - least, so that the mean is keep - w. Where
  // the prompt has fewer than `most`, the last layer gets what the first cannot use.
  int64_t cached_count(const LayerContext& layer, int64_t visible) const override {
    const int64_t window = p_.window.window;
    const int64_t keep = select_count(rows_, visible);
    if (keep == visible || window >= visible) return visible;
    const int64_t mean = std::max<int64_t>(keep - window, 0);
    const int64_t last_layer = layer.config().layers - 1;
    if (last_layer == 0) return window + mean;
    // In units of 1 / beta, to the nearest whole token.
    const int64_t most = std::min(mean * (2 * p_.beta - 1), p_.beta * (visible - window));
    const int64_t least = 2 * p_.beta * mean - most, unit = p_.beta * last_layer;
    const int64_t share = most * (last_layer - layer.layer()) + least * layer.layer();
    return window + (2 * share + unit) / (2 * unit);
  }

  at::Tensor scores(LayerContext& layer, const SeenAttention& seen) const override {
    return window_scores(layer, seen, p_.window);  // [Hkv, V - w]
  }

  PyramidKvParameters p_;
  int64_t rows_ = 0;  // `keep` of the whole prompt, also where a method before runs on a part of it
};

}  // namespace

MethodEntry pyramidkv_method() {
  return method_entry<PyramidKvParameters, PyramidKv>(
      {.name = "pyramidkv",
       .summary = "PyramidKV: SnapKV with more of the cache in the first layers, less in the last",
       .paper = "2406.02069",
       .fate = "prefill is as without it; dropped tokens leave the cache of their layer and KV "
               "head, so that "
               "generated ones do not see them there",
       .decides = {Decision::kCachedRows}});
}

}  // namespace skipbench
