#include <ATen/ATen.h>

#include "kernels/base/budget.h"
#include "kernels/model/layer_context.h"
#include "methods/interface/entry.h"
#include "methods/selection/select_top.h"

namespace skipbench {

/// Parameters of GemFilter (arXiv 2409.17422).
struct GemFilterParameters {
  int64_t layer = 0;
  Budget keep;
  int64_t pool = 5;
  bool force_last = false;

  template <class Visitor>
  void visit(Visitor& v) {
    v("layer", layer,
      Field{.help = "the filter layer r: layers 0 to r - 1 run, and r's queries and keys choose",
            .source = "2409.17422, the authors' code",
            .low = 0,
            .required = true});
    v("keep", keep,
      Field{.help = "tokens of the prompt that the second pass runs on",
            .source = "2409.17422, the authors' code",
            .required = true});
    v("pool", pool,
      Field{.help = "window of the average over neighbouring scores, odd",
            .source = "2409.17422, the authors' code",
            .low = 1});
    v("force_last", force_last,
      Field{.help = "the prompt's last token is kept whatever its score, one of `keep`; false: it "
                    "may be missing, and the reply then starts from the last token kept",
            .source = "2409.17422, the authors' code (false); true: inferred"});
  }

  void check(std::vector<ParameterProblem>& problems) const {
    if (pool % 2 == 1) return;
    problems.push_back({"pool", fmt::format("got {}, expected an odd window", pool)});
  }
  void check_fits(const ModelConfig& config) const {
    if (layer < config.layers) return;
    throw InputError(fmt::format("layer = {}: {} has {} layers, expected at most {}", layer,
                                 config.name, config.layers, config.layers - 1));
  }
  void select_everything() { keep = Budget::share(1.0); }
};

namespace {

/// GemFilter, arXiv 2409.17422: an early layer tells which tokens matter; the whole model then runs
/// on these alone, as if they were the prompt. T: living tokens, all of the prompt.
class GemFilter : public RunOf<GemFilter> {
 public:
  explicit GemFilter(const RunInputs<GemFilterParameters>& inputs) : p_(inputs.parameters) {}

  std::optional<TokenRows> start(LayerContext& layer) override {
    const int64_t live = layer.live(), keep = p_.keep.resolve(layer.tokens());
    if (layer.layer() != p_.layer || keep >= live) return std::nullopt;
    const at::Tensor pooled =
        at::avg_pool1d(scores(layer).unsqueeze(0), p_.pool, /*stride=*/1, /*padding=*/p_.pool / 2);
    const ForcedTokens forced{.protect_last = p_.force_last ? 1 : 0};
    return select_top(pooled.squeeze(0), keep, live, forced);
  }

 private:
  // sum_h q_last . k, without scale and softmax: [T] fp32.
  static at::Tensor scores(LayerContext& layer) {
    const ModelConfig& c = layer.config();
    const int64_t live = layer.live();
    // The sum over the query heads of one KV head can be taken before the product.
    const at::Tensor query = layer.last_queries(1)
                                 .to(at::kFloat)
                                 .view({c.kv_heads, -1, c.head_size})
                                 .sum(1);  // [Hkv, d]
    layer.meter().scores(WorkKind::kProbe, live, c.kv_heads, c.head_size);
    return layer.keys().to(at::kFloat).view({live, -1}).mv(query.flatten());
  }

  const GemFilterParameters& p_;
};

}  // namespace

MethodEntry gemfilter_method() {
  return method_entry<GemFilterParameters, GemFilter>(
      {.name = "gemfilter",
       .summary =
           "GemFilter: the first layers choose tokens, and the whole model runs on them alone",
       .paper = "2409.17422",
       .fate = "dropped tokens are gone everywhere; the others get fresh positions",
       .decides = {Decision::kRestart},
       .small = R"({"layer": 3, "keep": 0.4})"});
}

}  // namespace skipbench
