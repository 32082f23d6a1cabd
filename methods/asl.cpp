#include <ATen/ATen.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "kernels/model/layer_context.h"
#include "methods/interface/entry.h"
#include "methods/selection/attention_scores.h"
#include "methods/selection/parameter_checks.h"
#include "methods/selection/select_top.h"

namespace skipbench {

/// Parameters of ASL, adaptive selection of the pruning layer (arXiv 2601.07667).
struct AslParameters {
  int64_t first_layer = 10;
  double threshold = 0.3;
  int64_t window = 32;
  int64_t pool = 7;
  Budget keep = Budget::tokens(2048);
  int64_t history = 8;

  template <class Visitor>
  void visit(Visitor& v) {
    constexpr std::string_view kSource = "2601.07667, the authors' code";
    v("first_layer", first_layer,
      Field{.help = "first layer whose variance is taken, and which sets the scale of threshold",
            .source = kSource,
            .low = 0});
    v("threshold", threshold,
      Field{.help =
                "tokens are selected once the variance of their ranks falls below this multiple "
                "of its first value (tau); if it never does, nothing is pruned",
            .source = kSource,
            .low = 0});
    v("window", window,
      Field{.help = "last tokens, which score the others and are always kept",
            .source = kSource,
            .low = 1});
    v("pool", pool,
      Field{.help = "neighbours over which scores are averaged, an odd number",
            .source = kSource,
            .low = 1});
    v("keep", keep, Field{.help = "tokens kept, the window included", .source = kSource});
    v("history", history,
      Field{.help = "layers over which the variance of a token's ranks is taken",
            .source = kSource,
            .low = 2});
  }

  void check(std::vector<ParameterProblem>& problems) const { check_odd("pool", pool, problems); }
  void check_fits(const ModelConfig& config) const {
    require_layer("first_layer", first_layer, config);
  }
  void select_everything() { keep = Budget::share(1.0); }
};

namespace {

// The rank of each token by score, 0 for the highest, ties to the lower index: [P] int64.
at::Tensor ranks_of(const at::Tensor& scores) {
  const at::Tensor order = std::get<1>(at::sort(scores, /*stable=*/true, 0, /*descending=*/true));
  return at::empty_like(order).index_copy_(0, order, at::arange(order.size(0), order.options()));
}

/// ASL, arXiv 2601.07667: once the layers agree on which tokens matter, these go on alone. T:
/// living tokens, all of the prompt until then; P: the prefix, all but the window.
class Asl : public RunOf<Asl> {
 public:
  explicit Asl(const RunInputs<AslParameters>& inputs)
      : p_(inputs.parameters), first_variance_layer_(std::max(p_.first_layer, p_.history - 1)) {}

  TokenRows lives(LayerContext& layer, Point point) override {
    const int64_t live = layer.live();
    if (point == Point::kAfterAttention) look(layer);
    if (point == Point::kAfterAttention || !std::exchange(selects_, false)) {
      return TokenRows::all(live);
    }
    done_ = true;
    const at::Tensor all = at::constant_pad_nd(scores_, {0, p_.window});  // [T]
    return select_top(all, count(layer), live, {.protect_first = 0, .protect_last = p_.window});
  }

 private:
  void look(LayerContext& layer) {
    const int64_t live = layer.live(), from = first_variance_layer_ - p_.history + 1;
    // After the last layer there is nothing left to save.
    if (done_ || layer.layer() < from || layer.layer() + 1 == layer.config().layers ||
        count(layer) == live) {
      return;
    }
    const at::Tensor prefix =
        attention_scores(layer, layer.seen(), p_.window).narrow(0, 0, live - p_.window);
    scores_ =
        mean_pooled(prefix, p_.pool);  // [P]; the mean over queries and heads orders as the sum
    ranks_.push_back(ranks_of(scores_));
    if (std::ssize(ranks_) > p_.history) ranks_.erase(ranks_.begin());
    selects_ = std::ssize(ranks_) == p_.history && settled(count(layer) - p_.window);
  }

  // Tokens kept of those alive, at least one beside the window.
  int64_t count(const LayerContext& layer) const {
    const int64_t live = layer.live();
    return std::clamp(p_.keep.resolve(layer.tokens()), std::min(p_.window + 1, live), live);
  }

  // Whether the tokens among the `top` of any recent layer hold their ranks by now. The variance
  // decides on the host: one wait per layer.
  bool settled(int64_t top) {
    const at::Tensor ranks = at::stack(ranks_);                                     // [8, P]
    const at::Tensor in_union = ranks.lt(top).any(0);                               // [P]
    const at::Tensor variances = ranks.to(at::kDouble).var(0, /*unbiased=*/false);  // [P]
    const double variance = variances.mul(in_union).sum().div(in_union.sum()).item<double>();
    if (!first_variance_) first_variance_ = variance;
    return variance < p_.threshold * *first_variance_;
  }

  const AslParameters& p_;
  int64_t first_variance_layer_;
  std::vector<at::Tensor> ranks_;  // [P] of the last `history` layers
  std::optional<double> first_variance_;
  at::Tensor scores_;  // [P] of the newest layer
  bool selects_ = false, done_ = false;
};

}  // namespace

MethodEntry asl_method() {
  return method_entry<AslParameters, Asl>(
      {.name = "asl",
       .summary = "ASL: once the ranks of the important tokens vary little from layer to layer, "
                  "only these go on",
       .paper = "2601.07667",
       .fate = "dropped tokens are gone for later layers; earlier layers keep their K/V",
       .decides = {Decision::kKeepAfterLayer},
       .small = R"({"first_layer": 2, "threshold": 10, "window": 8, "keep": 0.4, "history": 2})"});
}

}  // namespace skipbench
