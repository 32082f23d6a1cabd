#include <ATen/ATen.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "kernels/model/layer_context.h"
#include "kernels/ops/attention/attention.h"
#include "kernels/ops/rows/top_k.h"
#include "methods/interface/entry.h"
#include "methods/selection/attention_scores.h"
#include "methods/selection/parameter_checks.h"
#include "methods/sparse/cumulative_shares.h"

namespace skipbench {

/// Parameters of token sparse attention (arXiv 2602.03216).
struct TsaParameters {
  std::optional<std::vector<int64_t>> layers;
  double coverage = 0.005;
  int64_t window = 128;
  int64_t min_keep = 1024;
  int64_t pool = 7;

  template <class Visitor>
  void visit(Visitor& v) {
    constexpr std::string_view kSource = "2602.03216, the authors' code";
    v("layers", layers,
      Field{.help = "layers whose attention is sparse, ascending; none: the upper half",
            .source = kSource,
            .low = 0});
    v("coverage", coverage,
      Field{.help = "the lowest tokens are left out until they hold this share of all scores; 0: "
                    "none is; where every token holds more, the layer runs dense",
            .source = kSource,
            .low = 0,
            .high = 1});
    v("window", window,
      Field{.help = "last tokens, which score the others and are always attended",
            .source = kSource,
            .low = 1});
    v("min_keep", min_keep,
      Field{.help = "no head attends to fewer tokens beside the window",
            .source = kSource,
            .low = 1});
    v("pool", pool,
      Field{.help = "neighbours over which scores are averaged, an odd number",
            .source = kSource,
            .low = 1});
  }

  void check(std::vector<ParameterProblem>& problems) const {
    if (layers) check_ascending("layers", *layers, problems);
    check_odd("pool", pool, problems);
  }
  void check_fits(const ModelConfig& config) const {
    if (layers) require_layers("layers", *layers, config);
  }
  void select_everything() { coverage = 0.0; }
};

namespace {

// For each query head h its own rows of x [T, Hx, d], Hx dividing H: [M, H, d]. rows: [H, M].
at::Tensor gather_by_head(const at::Tensor& x, const at::Tensor& rows) {
  const int64_t heads = rows.size(0), group = heads / x.size(1);
  const at::Tensor head = at::arange(heads, rows.options()).floor_divide(group);  // [H]
  return x.index({rows.t(), head});
}

/// Token sparse attention, arXiv 2602.03216: each query head attends among its own tokens only. T:
/// living tokens, all of the prompt; P: the prefix, all but the window.
class Tsa : public RunOf<Tsa> {
 public:
  explicit Tsa(const RunInputs<TsaParameters>& inputs) : p_(inputs.parameters) {}

  Reads reads(LayerContext& layer) override {
    Reads reads = Reads::all(layer.live());
    if (sparse(layer)) reads.own = attend(layer);
    return reads;
  }

 private:
  std::optional<Attended> attend(LayerContext& layer) const {
    const SeenAttention& seen = layer.seen();
    const int64_t live = layer.live(), prefix = live - p_.window;
    const at::Tensor scores = mean_pooled(
        attention_scores_per_head(layer, seen, p_.window).narrow(1, 0, prefix).contiguous(),
        p_.pool);  // [H, P]
    const int64_t below = below_coverage(scores.mean(0));
    if (below == 0) return std::nullopt;
    const int64_t keep = std::max(p_.min_keep, prefix - (below + 1));
    const at::Tensor kept = ops::top_k_rows(scores, keep);  // [H, keep]
    const at::Tensor window =
        at::arange(prefix, live, kept.options()).expand({kept.size(0), p_.window});
    const at::Tensor own = at::cat({kept, window}, 1);  // [H, M]
    const at::Tensor attended =
        ops::causal_attention(gather_by_head(seen.queries(), own), gather_by_head(seen.keys(), own),
                              gather_by_head(seen.values(), own));             // [M, H, d]
    at::Tensor heads = at::zeros(seen.queries().sizes(), attended.options());  // [T, H, d]
    heads.index_put_({own.t(), at::arange(own.size(0), own.options())}, attended);
    const at::Tensor pairs = at::full({}, causal_pairs(own.size(1)), own.options());
    return Attended{.heads = heads, .pairs = pairs};
  }

  bool sparse(const LayerContext& layer) const {
    const bool among = p_.layers
                           ? std::binary_search(p_.layers->begin(), p_.layers->end(), layer.layer())
                           : layer.layer() >= layer.config().layers / 2;
    return among && p_.coverage > 0 && layer.live() > p_.min_keep + p_.window;
  }

  // How many of the lowest tokens hold less than the share `coverage` together. The count depends
  // on the scores: one wait per layer.
  int64_t below_coverage(const at::Tensor& scores) const {
    const at::Tensor covered = cumulative_shares(scores, /*highest_first=*/false);  // [P]
    return covered.lt(p_.coverage).sum().item<int64_t>();
  }

  const TsaParameters& p_;
};

}  // namespace

MethodEntry tsa_method() {
  return method_entry<TsaParameters, Tsa>(
      {.name = "tsa",
       .summary = "Token sparse attention: in some layers each query head attends only among the "
                  "tokens that the last ones attend to",
       .paper = "2602.03216",
       .fate = "tokens that a head leaves out get nothing from it and pass by on the residual; all "
               "run the FFN, supply K/V and may be attended again",
       .decides = {Decision::kAttention},
       .small = R"({"layers": [1, 3, 5], "coverage": 0.5, "window": 8, "min_keep": 16})"});
}

}  // namespace skipbench
