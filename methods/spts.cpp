#include "methods/spts.h"

#include <ATen/ATen.h>

#include <optional>
#include <utility>

#include "kernels/base/budget.h"
#include "kernels/model/prefill/layer_context.h"
#include "methods/calibration/ltp_calibration.h"
#include "methods/calibration/ltp_proxy.h"
#include "methods/interface/entry.h"
#include "methods/selection/attention_scores.h"
#include "methods/selection/ffn_criterion.h"
#include "methods/selection/select_top.h"

namespace skipbench {
namespace {

/// SPTS, arXiv 2601.13155. One skipping layer: probe attention, select, attend; probe the FFN,
/// select, FFN; at the end of a stage, prune. T: the living tokens, the paper's candidates.
class Spts : public Method {
 public:
  explicit Spts(SptsParameters parameters)
      : p_(std::move(parameters)),
        criterion_(ffn_criterion_from_name(p_.ffn_criterion)),
        attention_(p_.stages, p_.shrink_rule()),
        ffn_(p_.ffn_stages(), p_.shrink_rule()) {}

  void attach(const ModelConfig& config) override;
  Json artefact_key() const override;
  Artefact calibrate(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                     const CalibrationStep& before_step) override;
  double calibration_flops(const ModelConfig& config, at::ScalarType dtype,
                           std::span<const std::vector<int32_t>> texts) const override {
    return ltp_calibration_flops(config, dtype, texts);
  }
  void use_artefact(const Artefact& artefact, at::Device device, at::ScalarType dtype) override;

  void begin_prompt(const Prompt& prompt) override;
  AttentionRows attention_rows(LayerContext& layer) override;
  bool reads_attention_output(int64_t) const override { return uses_change(); }
  TokenRows keep_before_ffn(LayerContext& layer) override;
  TokenRows ffn_rows(LayerContext& layer) override;
  TokenRows keep_after_layer(LayerContext& layer) override;

 private:
  bool uses_proxies() const { return p_.ltp && needs_proxies(criterion_); }
  bool uses_change() const { return p_.ltp && criterion_ == FfnCriterion::kDelta; }
  bool needs_scores(int64_t layer, int64_t live) const;
  void probe(LayerContext& layer);
  TokenRows drop_unselected(LayerContext& layer);
  void keep_signals(const TokenRows& rows);

  SptsParameters p_;
  FfnCriterion criterion_;
  StageSchedule attention_, ffn_;
  int64_t layers_ = 0;
  LtpShape proxy_shape_;
  std::optional<LtpProxies> proxies_;

  int64_t n_ = 0;                // N, tokens of the prompt
  at::Tensor scores_;            // [T] S; undefined in layers that do not ask for it
  at::Tensor next_scores_;       // [T] what the next layer uses, with probe_layer: previous
  at::Tensor attention_change_;  // [T] for the criterion delta
  TokenRows active_ = TokenRows::none(0);  // the layer's newest selection
};

void Spts::attach(const ModelConfig& config) {
  p_.stages.check_fits(config);
  layers_ = config.layers;
  if (uses_proxies()) proxy_shape_ = p_.proxy.shape_for(config);
}

Json Spts::artefact_key() const {
  return uses_proxies() ? ltp_artefact_key(proxy_shape_) : Json(nullptr);
}

Artefact Spts::calibrate(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                         const CalibrationStep& before_step) {
  return calibrate_ltp(decoder, texts, proxy_shape_, before_step);
}

void Spts::use_artefact(const Artefact& artefact, at::Device device, at::ScalarType dtype) {
  proxies_.emplace(artefact, p_.stages.full_layers, layers_, device, dtype);
}

void Spts::begin_prompt(const Prompt& prompt) {
  n_ = prompt.length();
  scores_ = next_scores_ = attention_change_ = at::Tensor();
}

// Whether anything in the layer is decided by S when `live` tokens enter it.
bool Spts::needs_scores(int64_t layer, int64_t live) const {
  if (layer >= layers_) return false;
  const auto keep = attention_.keep_after(layer, n_, live);
  return (p_.pap && attention_.budget(layer, n_) < live) ||
         (p_.ltp && needs_attention_scores(criterion_) && ffn_.budget(layer, n_) < live) ||
         (p_.msdp && keep && *keep < live);
}

// Sets S [T] of the candidates, by this layer's keys or, when outdated, by those of the layer
// before.
void Spts::probe(LayerContext& layer) {
  const int64_t l = layer.layer(), live = layer.live();
  const bool outdated = p_.probe_layer == "previous";
  const bool used_here = !outdated || l == 0;  // no layer is before the first one
  const bool wanted =
      (used_here && needs_scores(l, live)) || (outdated && needs_scores(l + 1, live));
  const at::Tensor own = wanted ? attention_scores(layer, p_.probe_queries) : at::Tensor();
  scores_ = used_here ? own : next_scores_;
  next_scores_ = outdated ? own : at::Tensor();
}

AttentionRows Spts::attention_rows(LayerContext& layer) {
  const int64_t live = layer.live();
  probe(layer);
  active_ = p_.pap ? select_top(scores_, attention_.budget(layer.layer(), n_), live, p_.forced)
                   : TokenRows::all(live);
  return {active_, p_.visible == "active" ? active_ : TokenRows::all(live)};
}

TokenRows Spts::keep_before_ffn(LayerContext& layer) {
  if (uses_change()) attention_change_ = attention_change(layer);
  return drop_unselected(layer);
}

TokenRows Spts::ffn_rows(LayerContext& layer) {
  const int64_t live = layer.live(), budget = ffn_.budget(layer.layer(), n_);
  active_ = TokenRows::all(live);
  if (p_.ltp && budget < live) {
    const FfnSignals signals{.attention = scores_,
                             .change = attention_change_,
                             .proxies = proxies_ ? &*proxies_ : nullptr,
                             .count = select_count(budget, live)};
    active_ = select_top(ffn_scores(criterion_, layer, signals), budget, live, p_.forced);
  }
  return active_;
}

TokenRows Spts::keep_after_layer(LayerContext& layer) {
  TokenRows kept = drop_unselected(layer);
  const auto keep = attention_.keep_after(layer.layer(), n_, kept.count());
  if (!p_.msdp || !keep) return kept;
  const TokenRows survivors = select_top(scores_, *keep, kept.count(), p_.forced);
  keep_signals(survivors);
  return select_within(kept, survivors, layer.device());
}

// Without delay, what attention or FFN just left out is gone.
TokenRows Spts::drop_unselected(LayerContext& layer) {
  if (!p_.msdp || p_.delayed) return TokenRows::all(layer.live());
  keep_signals(active_);
  return active_;
}

void Spts::keep_signals(const TokenRows& rows) {
  for (at::Tensor* signal : {&scores_, &next_scores_, &attention_change_}) {
    if (signal->defined()) *signal = gather(*signal, rows);
  }
}

}  // namespace

MethodEntry spts_method() {
  return method_entry<SptsParameters, Spts>(
      {.name = "spts",
       .summary =
           "Self-predictive token skipping: attention probe (PAP), low-rank FFN probe (LTP), "
           "delayed pruning by stages (MSDP)",
       .paper = "2601.13155",
       .fate = "skipped tokens pass by on the residual, supply no K/V in that layer and may be "
               "active again; at the end of a stage the lowest are gone for good",
       .decides = {Decision::kAttentionRows, Decision::kKeepBeforeFfn, Decision::kFfnRows,
                   Decision::kKeepAfterLayer}});
}

}  // namespace skipbench
