#include <ATen/ATen.h>

#include <algorithm>
#include <string>
#include <vector>

#include "kernels/base/budget.h"
#include "kernels/model/layer_context.h"
#include "methods/interface/entry.h"
#include "methods/selection/scored_cache.h"
#include "methods/selection/window_parameters.h"
#include "methods/selection/window_scores.h"

namespace skipbench {

/// Parameters of FastKV (arXiv 2502.01068).
struct FastKvParameters {
  int64_t tsp_layer = 0;
  Budget tsp_keep, kv_keep;
  int64_t window = 8;
  int64_t pool = 7;
  std::string pooling = "max";

  template <class Visitor>
  void visit(Visitor& v) {
    constexpr std::string_view kSource = "2502.01068, the authors' code";
    v("tsp_layer", tsp_layer,
      Field{.help = "after this layer only tsp_keep tokens go on",
            .source = kSource,
            .low = 0,
            .required = true});
    v("tsp_keep", tsp_keep,
      Field{.help = "tokens that go on to later layers, the window included",
            .source = kSource,
            .required = true});
    v("kv_keep", kv_keep,
      Field{.help = "tokens that each KV head's cache keeps, the window included; where both are "
                    "shares, after tsp_layer the share kv_keep / tsp_keep of what lives there; a "
                    "prompt with fewer tokens than this is left alone",
            .source = "2502.01068, the authors' code; at least the window: inferred",
            .required = true});
    v("window", window,
      Field{.help = "last living tokens: their queries score the others, and they are always kept",
            .source = kSource,
            .low = 1});
    v("pool", pool,
      Field{.help = "neighbouring tokens that share their scores; odd, 1 for none",
            .source = kSource,
            .low = 1});
    v("pooling", pooling,
      Field{.help = "neighbours share the maximum or the mean of their scores",
            .source =
                "2502.01068, the authors' code: max in its revision (shares), avg in its first "
                "version (fixed counts)",
            .choices = {"max", "avg"}});
  }

  void check(std::vector<ParameterProblem>& problems) const {
    WindowParameters::check_pool(pool, problems);
  }
  void check_fits(const ModelConfig& config) const {
    if (tsp_layer < config.layers) return;
    throw InputError(fmt::format("tsp_layer = {}: {} has {} layers, expected at most {}", tsp_layer,
                                 config.name, config.layers, config.layers - 1));
  }
  void select_everything() { tsp_keep = kv_keep = Budget::share(1.0); }
  /// A neighbourhood of one has one maximum and the same mean.
  void canonicalise(const ModelConfig&) {
    if (pool == 1) pooling = FastKvParameters().pooling;
  }
};

namespace {

/// FastKV, arXiv 2502.01068: one layer, the TSP layer, chooses the tokens that go on through the
/// layers after it; beside that each KV head of each layer keeps the best-scored tokens only, by
/// the same scores (SnapKV's). Every generated token is kept. T: living tokens.
class FastKv : public RunOf<FastKv, ScoredCache> {
 public:
  explicit FastKv(const RunInputs<FastKvParameters>& inputs) : p_(inputs.parameters) {}

  // After the TSP layer's FFN: the best by the sum of the KV heads' scores, and the window.
  TokenRows lives(LayerContext& layer, Point point) override {
    const int64_t live = layer.live(), count = alive_count(layer);
    if (point != Point::kAfterLayer || count == live) return TokenRows::all(live);
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
    return p_.kv_keep.resolve(layer.tokens());
  }
  int64_t at_least_window(int64_t count, const LayerContext& layer) const {
    return select_count(std::max(count, p_.window), layer.live());
  }

  int64_t alive_count(const LayerContext& layer) const {
    const int64_t live = layer.live();
    if (layer.layer() != p_.tsp_layer || live < capacity(layer)) return live;
    return at_least_window(p_.tsp_keep.resolve(layer.tokens()), layer);
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

  const FastKvParameters& p_;
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
       .decides = {Decision::kCachedRows, Decision::kKeepAfterLayer},
       .small = R"({"tsp_layer": 3, "tsp_keep": 0.5, "kv_keep": 0.3})"});
}

}  // namespace skipbench
