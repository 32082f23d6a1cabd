#include <ATen/ATen.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/base/budget.h"
#include "kernels/model/prefill/layer_context.h"
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

/// Attention runs on all tokens; the FFN on SPTS's number of tokens, chosen by any criterion.
class FfnControl : public Method {
 public:
  explicit FfnControl(FfnControlParameters parameters)
      : p_(std::move(parameters)),
        criterion_(ffn_criterion_from_name(p_.criterion)),
        schedule_(p_.stages, Shrink::kBudget) {}

  void attach(const ModelConfig& config) override {
    p_.stages.check_fits(config);
    layers_ = config.layers;
    if (needs_proxies(criterion_)) proxy_shape_ = p_.proxy.shape_for(config);
  }

  Json artefact_key() const override {
    if (!needs_proxies(criterion_)) return nullptr;
    return ltp_artefact_key(proxy_shape_);
  }

  Artefact calibrate(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                     const CalibrationStep& before_step) override {
    return calibrate_ltp(decoder, texts, proxy_shape_, before_step);
  }

  double calibration_flops(const ModelConfig& config, at::ScalarType dtype,
                           std::span<const std::vector<int32_t>> texts) const override {
    return ltp_calibration_flops(config, dtype, texts);
  }

  void use_artefact(const Artefact& artefact, at::Device device, at::ScalarType dtype) override {
    proxies_.emplace(artefact, p_.stages.full_layers, layers_, device, dtype);
  }

  AttentionRows attention_rows(LayerContext& layer) override {
    const bool wanted = needs_attention_scores(criterion_) && budget(layer) < layer.live();
    scores_ = wanted ? attention_scores(layer, p_.probe_queries) : at::Tensor();
    return Method::attention_rows(layer);
  }

  bool reads_attention_output(int64_t) const override { return criterion_ == FfnCriterion::kDelta; }

  TokenRows ffn_rows(LayerContext& layer) override {
    const int64_t live = layer.live(), count = select_count(budget(layer), live);
    if (count == live) return TokenRows::all(live);
    const bool by_change = criterion_ == FfnCriterion::kDelta;
    const FfnSignals signals{.attention = scores_,
                             .change = by_change ? attention_change(layer) : at::Tensor(),
                             .proxies = proxies_ ? &*proxies_ : nullptr,
                             .count = count};
    return select_top(ffn_scores(criterion_, layer, signals), count, live, p_.forced);
  }

 private:
  int64_t budget(const LayerContext& layer) const {
    return schedule_.budget(layer.layer(), layer.prompt().length());
  }

  FfnControlParameters p_;
  FfnCriterion criterion_;
  StageSchedule schedule_;
  int64_t layers_ = 0;
  LtpShape proxy_shape_;
  std::optional<LtpProxies> proxies_;
  at::Tensor scores_;  // [T] S, for the criteria that use it
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
       .decides = {Decision::kFfnRows}});
}

}  // namespace skipbench
