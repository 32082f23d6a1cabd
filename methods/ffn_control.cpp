#include <ATen/ATen.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/base/budget.h"
#include "kernels/model/layer_context.h"
#include "methods/calibration/ltp_method.h"
#include "methods/calibration/ltp_parameters.h"
#include "methods/interface/entry.h"
#include "methods/selection/attention_scores.h"
#include "methods/selection/ffn_criterion.h"
#include "methods/selection/ffn_criterion_names.h"
#include "methods/selection/forced_tokens.h"
#include "methods/selection/select_top.h"
#include "methods/selection/stages.h"

namespace skipbench {

/// Parameters of the controls for FFN skipping: SPTS's schedule, any criterion.
struct FfnControlParameters {
  std::string criterion = "random";
  StageParameters stages;
  int64_t probe_queries = 1;
  ForcedTokens forced;
  LtpParameters proxy;

  template <class Visitor>
  void visit(Visitor& v) {
    v("criterion", criterion,
      Field{.help = "what ranks tokens for the FFN",
            .source = "control; most in 2601.13155, ablation of the FFN criterion",
            .choices = ffn_criterion_names()});
    stages.visit(v);
    v("probe_queries", probe_queries,
      Field{.help = "last living tokens whose attention is the score, where a criterion uses it",
            .source = "2601.13155, ablation of the probe window",
            .low = 1});
    forced.visit(v);
    proxy.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const {
    stages.check(problems);
    proxy.check(problems);
  }
  void select_everything() { stages.select_everything(); }
  void canonicalise(const ModelConfig& config) {
    const FfnCriterion used = ffn_criterion_from_name(criterion);
    proxy.canonicalise(config, needs_proxies(used));
    if (!needs_attention_scores(used)) probe_queries = FfnControlParameters{}.probe_queries;
    stages.canonicalise(config, /*used=*/true, /*step_prunes=*/false);
  }
};

namespace {

/// What does not change from prompt to prompt.
struct FfnControlRule {
  FfnControlParameters p;
  FfnCriterion criterion = ffn_criterion_from_name(p.criterion);
  StageSchedule schedule{p.stages, Shrink::kBudget};

  bool by_change() const { return criterion == FfnCriterion::kDelta; }
};

/// Attention runs on all tokens; the FFN on SPTS's number of tokens, chosen by any criterion.
class FfnControlRun : public RunOf<FfnControlRun> {
 public:
  FfnControlRun(const FfnControlRule& rule, const LtpProxies* proxies)
      : rule_(rule), proxies_(proxies) {}

  Reads reads(LayerContext& layer) override {
    const bool wanted = needs_attention_scores(rule_.criterion) && budget(layer) < layer.live();
    scores_ = wanted ? attention_scores(layer, rule_.p.probe_queries) : at::Tensor();
    return Run::reads(layer);
  }

  FfnRows ffn(LayerContext& layer) override {
    const int64_t live = layer.live(), count = select_count(budget(layer), live);
    if (count == live) return {TokenRows::all(live)};
    const FfnSignals signals{.attention = scores_,
                             .change = rule_.by_change() ? attention_change(layer) : at::Tensor(),
                             .proxies = proxies_,
                             .count = count};
    return {select_top(ffn_scores(rule_.criterion, layer, signals), count, live, rule_.p.forced)};
  }

 private:
  int64_t budget(const LayerContext& layer) const {
    return rule_.schedule.budget(layer.layer(), layer.tokens());
  }

  const FfnControlRule& rule_;
  const LtpProxies* proxies_;  // where the criterion needs them
  at::Tensor scores_;          // [T] S, for the criteria that use it
};

class FfnControl : public LtpMethod {
 public:
  FfnControl(FfnControlParameters parameters, const ModelConfig& config)
      : rule_{std::move(parameters)}, layers_(config.layers) {
    rule_.p.stages.check_fits(config);
    if (needs_proxies(rule_.criterion)) {
      learn(rule_.p.proxy.shape_for(config), rule_.p.stages.full_layers, config);
    }
  }

  Needs needs() const override {
    return {.attention_output = rule_.by_change() ? all_layers(layers_) : std::vector<int64_t>{}};
  }
  std::unique_ptr<Run> begin(const Prompt&, const SequenceOptions&) const override {
    return std::make_unique<FfnControlRun>(rule_, proxies());
  }

 private:
  FfnControlRule rule_;
  int64_t layers_;
};

}  // namespace

MethodEntry ffn_control_method() {
  return method_entry<FfnControlParameters, FfnControl>(
      {.name = "ffn_control",
       .summary =
           "Control for FFN skipping: attention for all tokens, the FFN for SPTS's number of "
           "tokens by any criterion (random, norms, the oracle, ...)",
       .paper = "control",
       .fate = "skipped tokens pass the FFN by on the residual; all supply K/V",
       .decides = {Decision::kFfnRows},
       .small =
           R"({"full_layers": 2, "stage_ends": [3, 5], "budgets": [0.6, 0.4], "prune_step": 0.1})"});
}

}  // namespace skipbench
