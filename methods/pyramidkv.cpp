#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "kernels/base/budget.h"
#include "kernels/model/layer_context.h"
#include "methods/interface/entry.h"
#include "methods/selection/scored_cache.h"
#include "methods/selection/window_parameters.h"
#include "methods/selection/window_scores.h"

namespace skipbench {

/// Parameters of PyramidKV (arXiv 2406.02069).
struct PyramidKvParameters {
  Budget keep;
  int64_t beta = 20;
  std::string schedule = "authors";
  WindowParameters window = {.gqa = "query"};

  template <class Visitor>
  void visit(Visitor& v) {
    v("keep", keep,
      Field{.help =
                "prompt tokens that each head's cache keeps, the mean over the layers (a little "
                "more where a step is rounded down); at least the window",
            .source = "authors' code (KVCache-Factory): 128 to 2048",
            .required = true});
    v("beta", beta,
      Field{.help = "the last layer keeps 1 / beta of the mean, beside the window (authors) or the "
                    "window included (kvpress)",
            .source = "authors' code; kvpress: 20",
            .low = 1});
    v("schedule", schedule,
      Field{.help =
                "'authors': whole steps from layer to layer beside the window, and keep in every "
                "layer of a prompt shorter than 2 (keep - window); 'kvpress': the window inside, "
                "to the nearest token, and keep in every layer where the last would have less "
                "than a window",
            .source = "authors' code; kvpress",
            .choices = {"authors", "kvpress"}});
    window.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const { window.check(problems); }
  void select_everything() { keep = Budget::share(1.0); }
  void canonicalise(const ModelConfig& config) { window.canonicalise(config); }
};

namespace {

/// PyramidKV, arXiv 2406.02069: SnapKV whose cache is wide in the first layers and narrow in the
/// last, linear in between. Prefill is full attention; every generated token is kept. V: tokens
/// that attention sees, by itself the whole prompt; w: the window; L layers.
class PyramidKv : public RunOf<PyramidKv, ScoredCache> {
 public:
  explicit PyramidKv(const RunInputs<PyramidKvParameters>& inputs) : p_(inputs.parameters) {
    const int64_t length = inputs.prompt.length();
    keep_ = p_.keep.is_share() ? p_.keep.share_of_prompt() * static_cast<double>(length)
                               : static_cast<double>(p_.keep.token_count());
    rows_ = std::max(p_.keep.resolve(length), p_.window.window);
  }

 private:
  int64_t cached_count(const LayerContext& layer, int64_t visible) const override {
    if (rows_ >= visible) return visible;
    return p_.schedule == "authors" ? authors_count(layer, visible) : kvpress_count(layer, visible);
  }

  // Beside the window from 2c - c / beta in the first layer down to c / beta in the last, c being
  // keep - w; what the first cannot use goes to the last. All divisions round down.
  int64_t authors_count(const LayerContext& layer, int64_t visible) const {
    const int64_t window = p_.window.window, mean = rows_ - window;
    const int64_t steps = layer.config().layers - 1;
    if (visible < 2 * mean || steps == 0) return rows_;
    const int64_t most = std::min(2 * mean - mean / p_.beta, visible - window);
    const int64_t least = 2 * mean - most;
    return window + most - layer.layer() * ((most - least) / steps);
  }

  // The same line of `keep` itself, in real numbers, the window inside; level where it would begin
  // beyond the prompt or end below the window.
  int64_t kvpress_count(const LayerContext& layer, int64_t visible) const {
    const auto window = static_cast<double>(p_.window.window);
    const auto length = static_cast<double>(visible);
    double least = keep_ / static_cast<double>(p_.beta), most = 2 * keep_ - least;
    if (most >= length - window) {
      most = length - window;
      least = 2 * keep_ - most;
    }
    const int64_t steps = layer.config().layers - 1;
    const bool level = steps == 0 || most > length || least > most || least < window;
    const double step = level ? 0 : (most - least) / static_cast<double>(steps);
    const double count = level ? keep_ : most - static_cast<double>(layer.layer()) * step;
    return std::clamp(static_cast<int64_t>(std::nearbyint(count)), p_.window.window, visible);
  }

  at::Tensor scores(LayerContext& layer, const SeenAttention& seen) const override {
    return window_scores(layer, seen, p_.window);  // [n, V - w]
  }

  const PyramidKvParameters& p_;
  // `keep` of the whole prompt, also where a method before runs on a part of it; rows_ is at least
  // the window.
  double keep_ = 0;
  int64_t rows_ = 0;
};

}  // namespace

MethodEntry pyramidkv_method() {
  return method_entry<PyramidKvParameters, PyramidKv>(
      {.name = "pyramidkv",
       .summary = "PyramidKV: SnapKV with more of the cache in the first layers, less in the last",
       .paper = "2406.02069",
       .fate = "prefill is as without it; dropped tokens leave the cache of their layer and head, "
               "so that generated ones do not see them there",
       .decides = {Decision::kCachedRows},
       .small = R"({"keep": 0.2, "window": 8})"});
}

}  // namespace skipbench
