#include <ATen/ATen.h>

#include <cmath>
#include <memory>
#include <optional>

#include "kernels/base/error.h"
#include "kernels/model/layer_context.h"
#include "methods/calibration/ffn_cosines.h"
#include "methods/interface/entry.h"

namespace skipbench {

/// Parameters of FFN-SkipLLM (arXiv 2404.03865).
struct FfnSkipLlmParameters {
  std::optional<double> threshold, target_skip;
  int64_t skip_run = 2;
  std::optional<int64_t> cold_start, cold_end;
  double warmup_share = 0.1;

  template <class Visitor>
  void visit(Visitor& v) {
    v("threshold", threshold,
      Field{.help =
                "cosine between the residual stream before and after an FFN from which the next "
                "FFNs are skipped; above 1: never",
            .source =
                "2404.03865, a note on the paper; the value is unpublished, and that the residual "
                "stream is compared is inferred",
            .low = -1,
            .high = 2});
    v("target_skip", target_skip,
      Field{.help = "instead of a threshold: the share of a token's FFNs to skip, by which the "
                    "threshold is calibrated",
            .source = "2404.03865, a note on the paper: skip ratios of its tables",
            .low = 0,
            .high = 1});
    v("skip_run", skip_run,
      Field{.help = "FFNs skipped in a row once the threshold is reached",
            .source = "inferred (unpublished)",
            .low = 1});
    v("cold_start", cold_start,
      Field{.help = "the first so many layers always run; none: a tenth of the layers",
            .source = "2404.03865, a note on the paper; the size: inferred",
            .low = 0});
    v("cold_end", cold_end,
      Field{.help = "layers from here on always run; none: the last tenth of the layers",
            .source = "2404.03865, a note on the paper; the size: inferred",
            .low = 0});
    v("warmup_share", warmup_share,
      Field{.help = "share of the reply whose tokens run the full model first",
            .source = "2404.03865, a note on the paper: 5 to 10%",
            .low = 0,
            .high = 1});
  }

  void check(std::vector<ParameterProblem>& problems) const {
    if (threshold.has_value() == target_skip.has_value()) {
      problems.push_back({"threshold", "give either threshold or target_skip"});
    }
  }
  void select_everything() { (target_skip ? target_skip : threshold) = target_skip ? 0 : 2; }
  /// Above 1 no threshold is ever reached.
  void canonicalise(const ModelConfig&) {
    if (threshold.value_or(0) <= 1) return;
    *this = {};
    threshold = 2;
  }
};

namespace {

/// FFN-SkipLLM, arXiv 2404.03865: while decoding, an FFN that hardly turned the residual stream
/// lets the next FFNs of this token be skipped. Prefill, attention and the KV cache stay full.
class FfnSkipLlmRun : public RunOf<FfnSkipLlmRun> {
 public:
  struct Rule {
    double threshold;
    int64_t skip_run;
    MiddleLayers middle;
    int64_t warmup_steps;
  };

  explicit FfnSkipLlmRun(const Rule& rule) : rule_(rule) {}

  void begin_step(KvCache&, int64_t step) override {
    skip_budget_ = 0;
    warm_ = step >= rule_.warmup_steps;
  }

  FfnRows ffn(LayerContext& layer) override {
    if (!layer.in_step()) return Run::ffn(layer);
    before_.reset();
    if (!may_skip(layer.layer())) return {TokenRows::all(1)};
    if (skip_budget_ > 0) {
      --skip_budget_;
      return {TokenRows::none(1)};
    }
    before_ = layer.hidden();
    return {TokenRows::all(1)};
  }

  // The comparison needs the cosine on the host: one wait for the device a layer that ran.
  TokenRows lives(LayerContext& layer, Point point) override {
    if (point == Point::kAfterLayer && before_.defined()) {
      const at::Tensor cosine = at::cosine_similarity(before_, layer.hidden(), 1);
      if (cosine.item<double>() >= rule_.threshold) skip_budget_ = rule_.skip_run;
    }
    return Run::lives(layer, point);
  }

 private:
  bool may_skip(int64_t layer) const {
    return warm_ && layer >= rule_.middle.begin && layer < rule_.middle.end;
  }

  Rule rule_;
  int64_t skip_budget_ = 0;
  bool warm_ = false;
  at::Tensor before_;  // [1, D] the residual stream before an FFN that runs and may turn it little
};

class FfnSkipLlm : public Method {
 public:
  FfnSkipLlm(const FfnSkipLlmParameters& parameters, const ModelConfig& config)
      : p_(parameters), threshold_(parameters.threshold.value_or(2)) {
    middle_ = {.begin = p_.cold_start.value_or(config.layers / 10),
               .end = p_.cold_end.value_or(config.layers - config.layers / 10),
               .layers = config.layers};
    if (middle_.begin < middle_.end && middle_.end <= config.layers) return;
    throw InputError(
        fmt::format("cold_start = {}, cold_end = {}: expected cold_start < cold_end "
                    "<= {}, the layers of {}",
                    middle_.begin, middle_.end, config.layers, config.name));
  }

  Json artefact_key() const override {
    return p_.target_skip ? Json{{"family", "ffn_cosines"}} : Json(nullptr);
  }

  Artefact calibrate(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                     const CalibrationStep& before_step) const override {
    return calibrate_ffn_cosines(decoder, texts, before_step);
  }

  void use_artefact(const Artefact& artefact, at::Device, at::ScalarType) override {
    threshold_ = threshold_for(artefact, *p_.target_skip, p_.skip_run, middle_);
  }

  Needs needs() const override { return {.steps = Steps::kFfn}; }

  std::unique_ptr<Run> begin(const Prompt&, const SequenceOptions& options) const override {
    const double warmup = p_.warmup_share * static_cast<double>(options.max_new_tokens);
    return std::make_unique<FfnSkipLlmRun>(FfnSkipLlmRun::Rule{
        threshold_, p_.skip_run, middle_, static_cast<int64_t>(std::ceil(warmup))});
  }

 private:
  FfnSkipLlmParameters p_;
  double threshold_;
  MiddleLayers middle_;
};

}  // namespace

MethodEntry ffn_skipllm_method() {
  return method_entry<FfnSkipLlmParameters, FfnSkipLlm>(
      {.name = "ffn_skipllm",
       .summary = "FFN-SkipLLM: decode steps skip FFNs after one that hardly changed the token",
       .paper = "2404.03865",
       .fate = "the new token passes skipped FFNs by on the residual; all K/V are kept",
       .decides = {Decision::kDecodeFfn},
       .small = R"({"target_skip": 0.2, "warmup_share": 0})"});
}

}  // namespace skipbench
