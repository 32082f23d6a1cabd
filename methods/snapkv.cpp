#include <algorithm>
#include <vector>

#include "kernels/base/budget.h"
#include "kernels/model/layer_context.h"
#include "methods/interface/entry.h"
#include "methods/selection/scored_cache.h"
#include "methods/selection/window_parameters.h"
#include "methods/selection/window_scores.h"

namespace skipbench {

/// Parameters of SnapKV (arXiv 2404.14469).
struct SnapKvParameters {
  Budget keep;
  WindowParameters window = {.gqa = "query"};

  template <class Visitor>
  void visit(Visitor& v) {
    v("keep", keep,
      Field{.help = "prompt tokens that each head's cache keeps, the window included",
            .source = "authors' code: 1024, 2048 and 4096 on LongBench",
            .required = true});
    window.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const { window.check(problems); }
  void select_everything() { keep = Budget::share(1.0); }
  void canonicalise(const ModelConfig& config) { window.canonicalise(config); }
};

namespace {

/// SnapKV, arXiv 2404.14469: after prefill each head keeps the prompt tokens that the prompt's last
/// queries attend to, and the window of those queries. Prefill is full attention; every
/// generated token is kept. V: tokens that attention sees, by itself the whole prompt.
class SnapKv : public RunOf<SnapKv, ScoredCache> {
 public:
  explicit SnapKv(const RunInputs<SnapKvParameters>& inputs)
      : p_(inputs.parameters),
        rows_(std::max(p_.keep.resolve(inputs.prompt.length()), p_.window.window)) {}

 private:
  int64_t cached_count(const LayerContext&, int64_t visible) const override {
    return select_count(rows_, visible);
  }

  at::Tensor scores(LayerContext& layer, const SeenAttention& seen) const override {
    return window_scores(layer, seen, p_.window);  // [n, V - w]
  }

  const SnapKvParameters& p_;
  int64_t rows_;  // of the whole prompt, also where a method before runs on a part of it; at least
                  // the window
};

}  // namespace

MethodEntry snapkv_method() {
  return method_entry<SnapKvParameters, SnapKv>(
      {.name = "snapkv",
       .summary = "SnapKV: after prefill each head keeps what the prompt's last queries attend to",
       .paper = "2404.14469",
       .fate = "prefill is as without it; dropped tokens leave the cache of their head, so that "
               "generated ones do not see them there",
       .decides = {Decision::kCachedRows},
       .small = R"({"keep": 0.2, "window": 8})"});
}

}  // namespace skipbench
