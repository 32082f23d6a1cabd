#include <ATen/ATen.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/base/budget.h"
#include "kernels/model/layer_context.h"
#include "methods/calibration/ltp_calibration.h"
#include "methods/calibration/ltp_parameters.h"
#include "methods/calibration/ltp_proxy.h"
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
  std::optional<LtpProxies> proxies = {};

  bool by_change() const { return criterion == FfnCriterion::kDelta; }
};

/// Attention runs on all tokens; the FFN on SPTS's number of tokens, chosen by any criterion.
class FfnControlRun : public RunOf<FfnControlRun> {
 public:
  explicit FfnControlRun(const FfnControlRule& rule) : rule_(rule) {}

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
                             .proxies = rule_.proxies ? &*rule_.proxies : nullptr,
                             .count = count};
    return {select_top(ffn_scores(rule_.criterion, layer, signals), count, live, rule_.p.forced)};
  }

 private:
  int64_t budget(const LayerContext& layer) const {
    return rule_.schedule.budget(layer.layer(), layer.tokens());
  }

  const FfnControlRule& rule_;
  at::Tensor scores_;  // [T] S, for the criteria that use it
};

class FfnControl : public Method {
 public:
  FfnControl(FfnControlParameters parameters, const ModelConfig& config)
      : rule_{std::move(parameters)}, layers_(config.layers) {
    rule_.p.stages.check_fits(config);
    if (needs_proxies(rule_.criterion)) proxy_shape_ = rule_.p.proxy.shape_for(config);
  }

  Needs needs() const override {
    return {.attention_output = rule_.by_change() ? all_layers(layers_) : std::vector<int64_t>{}};
  }
  std::unique_ptr<Run> begin(const Prompt&, const SequenceOptions&) const override {
    return std::make_unique<FfnControlRun>(rule_);
  }

  Json artefact_key() const override {
    if (!needs_proxies(rule_.criterion)) return nullptr;
    return ltp_artefact_key(proxy_shape_);
  }
  Artefact calibrate(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                     const CalibrationStep& before_step) const override {
    return calibrate_ltp(decoder, texts, proxy_shape_, before_step);
  }
  double calibration_flops(const ModelConfig& config, at::ScalarType dtype,
                           std::span<const std::vector<int32_t>> texts) const override {
    return ltp_calibration_flops(config, dtype, texts);
  }
  void use_artefact(const Artefact& artefact, at::Device device, at::ScalarType dtype) override {
    rule_.proxies.emplace(artefact, rule_.p.stages.full_layers, layers_, device, dtype);
  }

 private:
  FfnControlRule rule_;
  int64_t layers_;
  LtpShape proxy_shape_;
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
