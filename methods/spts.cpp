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
#include "methods/interface/parameters.h"
#include "methods/selection/attention_scores.h"
#include "methods/selection/ffn_criterion.h"
#include "methods/selection/ffn_criterion_names.h"
#include "methods/selection/forced_tokens.h"
#include "methods/selection/select_top.h"
#include "methods/selection/stages.h"

namespace skipbench {

/// Parameters of SPTS, self-predictive token skipping (arXiv 2601.13155).
struct SptsParameters {
  bool pap = true, ltp = true, msdp = true;
  StageParameters stages;
  std::string shrink = "budget";
  std::optional<std::vector<Budget>> ffn_budgets;
  int64_t probe_queries = 1;
  std::string probe_layer = "own";
  ForcedTokens forced;
  std::string ffn_criterion = "ltp";
  bool delayed = true;
  std::string visible = "active";
  LtpParameters proxy;

  template <class Visitor>
  void visit(Visitor& v) {
    v("pap", pap,
      Field{.help = "partial attention probing: attention updates M tokens; off: all candidates",
            .source = "2601.13155, PAP"});
    v("ltp", ltp,
      Field{.help = "the FFN runs for M tokens by ffn_criterion; off: for all candidates",
            .source = "2601.13155, LTP"});
    v("msdp", msdp,
      Field{.help = "multi-stage delayed pruning: candidates shrink when a stage ends; off: never",
            .source = "2601.13155, MSDP"});
    stages.visit(v);
    v("shrink", shrink,
      Field{.help = "candidates that a stage's end leaves: its budget - prune_step (rule R1), or "
                    "the candidates so far - prune_step (rule R5)",
            .source = "inferred (equation 11 is not readable)",
            .choices = {"budget", "candidates"}});
    v("ffn_budgets", ffn_budgets,
      Field{.help = "M of the FFN, one a stage and optionally one for the layers after the last; "
                    "none: as attention",
            .source = "inferred"});
    v("probe_queries", probe_queries,
      Field{.help = "last living tokens whose attention is the score",
            .source = "2601.13155, ablation of the probe window",
            .low = 1});
    v("probe_layer", probe_layer,
      Field{.help = "whose attention is the score: the layer's own, or that of the layer before",
            .source = "2601.13155, PAP (own)",
            .choices = {"own", "previous"}});
    forced.visit(v);
    v("ffn_criterion", ffn_criterion,
      Field{.help = "what ranks tokens for the FFN",
            .source = "2601.13155, ablation of the FFN criterion",
            .choices = ffn_criterion_names()});
    v("delayed", delayed,
      Field{.help = "with msdp: skipped tokens stay candidates until their stage ends; off: what a "
                    "layer does not select is dropped at once",
            .source = "2601.13155, ablation of delayed pruning"});
    v("visible", visible,
      Field{
          .help = "whose keys and values exist in a layer: the active tokens', or all candidates'",
          .source = "2601.13155, PAP (active); candidates is a variant of ours",
          .choices = {"active", "candidates"}});
    proxy.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const {
    stages.check(problems);
    proxy.check(problems);
    if (!ffn_budgets) return;
    const size_t count = stages.stage_ends.size();
    if (ffn_budgets->size() == count || ffn_budgets->size() == count + 1) return;
    problems.push_back(
        {"ffn_budgets",
         fmt::format("got {}, expected {} (one a stage) or {} (one more for the layers "
                     "after the last stage)",
                     ffn_budgets->size(), count, count + 1)});
  }
  void select_everything() {
    stages.select_everything();
    ffn_budgets.reset();
  }
  /// What the switches that are off leave without effect goes back to its default.
  void canonicalise(const ModelConfig& config) {
    const SptsParameters defaults;
    const FfnCriterion criterion = ffn_criterion_from_name(ffn_criterion);
    proxy.canonicalise(config, ltp && needs_proxies(criterion));
    if (!pap && !msdp && !(ltp && needs_attention_scores(criterion))) {
      probe_queries = defaults.probe_queries;
      probe_layer = defaults.probe_layer;
    }
    if (!pap) visible = defaults.visible;
    if (!msdp) {
      shrink = defaults.shrink;
      delayed = defaults.delayed;
    }
    if (!ltp) {
      ffn_criterion = defaults.ffn_criterion;
      ffn_budgets.reset();
    }
    canonicalise_stages(config);
  }

  Shrink shrink_rule() const { return shrink == "budget" ? Shrink::kBudget : Shrink::kCandidates; }
  /// The stages with the FFN's budgets in place of attention's.
  StageParameters ffn_stages() const {
    StageParameters ffn = stages;
    if (!ffn_budgets) return ffn;
    const auto first = ffn_budgets->begin(), last = first + std::ssize(stages.stage_ends);
    ffn.budgets.assign(first, last);
    ffn.final_budget = last == ffn_budgets->end() ? std::nullopt : std::optional(*last);
    return ffn;
  }

 private:
  void canonicalise_stages(const ModelConfig& config) {
    if (!pap && !ltp && !msdp) {  // nothing skips
      stages = {};
      forced = {};
      return;
    }
    const bool attention_uses_budgets = pap || msdp;
    if (ffn_budgets && !attention_uses_budgets) {  // the FFN's are the only ones
      stages = ffn_stages();
      ffn_budgets.reset();
    }
    const StageParameters ffn = ffn_stages();
    if (ffn.budgets == stages.budgets && ffn.final_budget == stages.final_budget)
      ffn_budgets.reset();
    const bool ffn_steps =
        ffn_budgets && !ffn.final_budget && stages.ends_before_last_layer(config);
    stages.canonicalise(config, pap || (ltp && !ffn_budgets), msdp || ffn_steps);
  }
};

namespace {

/// What does not change from prompt to prompt.
struct SptsRule {
  SptsParameters p;
  int64_t layers;
  FfnCriterion criterion = ffn_criterion_from_name(p.ffn_criterion);
  StageSchedule attention{p.stages, p.shrink_rule()}, ffn{p.ffn_stages(), p.shrink_rule()};

  bool uses_proxies() const { return p.ltp && needs_proxies(criterion); }
  bool uses_change() const { return p.ltp && criterion == FfnCriterion::kDelta; }
};

/// SPTS, arXiv 2601.13155. One skipping layer: probe attention, select, attend; probe the FFN,
/// select, FFN; at the end of a stage, prune. T: the living tokens, the paper's candidates.
class SptsRun : public RunOf<SptsRun> {
 public:
  SptsRun(const SptsRule& rule, const LtpProxies* proxies, int64_t prompt_length)
      : rule_(rule), p_(rule.p), proxies_(proxies), n_(prompt_length) {}

  Reads reads(LayerContext& layer) override;
  FfnRows ffn(LayerContext& layer) override;
  TokenRows lives(LayerContext& layer, Point point) override;

 private:
  bool needs_scores(int64_t layer, int64_t live) const;
  void probe(LayerContext& layer);
  TokenRows at_the_end_of_a_stage(LayerContext& layer);
  TokenRows drop_unselected(LayerContext& layer);
  void keep_signals(const TokenRows& rows);

  const SptsRule& rule_;
  const SptsParameters& p_;
  const LtpProxies* proxies_;    // where the criterion needs them
  int64_t n_;                    // N, tokens of the prompt
  at::Tensor scores_;            // [T] S; undefined in layers that do not ask for it
  at::Tensor next_scores_;       // [T] what the next layer uses, with probe_layer: previous
  at::Tensor attention_change_;  // [T] for the criterion delta
  TokenRows active_ = TokenRows::none(0);  // the layer's newest selection
};

// Whether anything in the layer is decided by S when `live` tokens enter it.
bool SptsRun::needs_scores(int64_t layer, int64_t live) const {
  if (layer >= rule_.layers) return false;
  const auto keep = rule_.attention.keep_after(layer, n_, live);
  return (p_.pap && rule_.attention.budget(layer, n_) < live) ||
         (p_.ltp && needs_attention_scores(rule_.criterion) &&
          rule_.ffn.budget(layer, n_) < live) ||
         (p_.msdp && keep && *keep < live);
}

// Sets S [T] of the candidates, by this layer's keys or, when outdated, by those of the layer
// before.
void SptsRun::probe(LayerContext& layer) {
  const int64_t l = layer.layer(), live = layer.live();
  const bool outdated = p_.probe_layer == "previous";
  const bool used_here = !outdated || l == 0;  // no layer is before the first one
  const bool wanted =
      (used_here && needs_scores(l, live)) || (outdated && needs_scores(l + 1, live));
  const at::Tensor own = wanted ? attention_scores(layer, p_.probe_queries) : at::Tensor();
  scores_ = used_here ? own : next_scores_;
  next_scores_ = outdated ? own : at::Tensor();
}

Reads SptsRun::reads(LayerContext& layer) {
  const int64_t live = layer.live();
  probe(layer);
  active_ = p_.pap ? select_top(scores_, rule_.attention.budget(layer.layer(), n_), live, p_.forced)
                   : TokenRows::all(live);
  return {active_, p_.visible == "active" ? active_ : TokenRows::all(live)};
}

FfnRows SptsRun::ffn(LayerContext& layer) {
  const int64_t live = layer.live(), budget = rule_.ffn.budget(layer.layer(), n_);
  active_ = TokenRows::all(live);
  if (p_.ltp && budget < live) {
    const FfnSignals signals{.attention = scores_,
                             .change = attention_change_,
                             .proxies = proxies_,
                             .count = select_count(budget, live)};
    active_ = select_top(ffn_scores(rule_.criterion, layer, signals), budget, live, p_.forced);
  }
  return {active_};
}

TokenRows SptsRun::lives(LayerContext& layer, Point point) {
  if (point == Point::kAfterLayer) return at_the_end_of_a_stage(layer);
  if (rule_.uses_change()) attention_change_ = attention_change(layer);
  return drop_unselected(layer);
}

TokenRows SptsRun::at_the_end_of_a_stage(LayerContext& layer) {
  TokenRows kept = drop_unselected(layer);
  const auto keep = rule_.attention.keep_after(layer.layer(), n_, kept.count());
  if (!p_.msdp || !keep) return kept;
  const TokenRows survivors = select_top(scores_, *keep, kept.count(), p_.forced);
  keep_signals(survivors);
  return select_within(kept, survivors, layer.device());
}

// Without delay, what attention or FFN just left out is gone.
TokenRows SptsRun::drop_unselected(LayerContext& layer) {
  if (!p_.msdp || p_.delayed) return TokenRows::all(layer.live());
  keep_signals(active_);
  return active_;
}

void SptsRun::keep_signals(const TokenRows& rows) {
  for (at::Tensor* signal : {&scores_, &next_scores_, &attention_change_}) {
    if (signal->defined()) *signal = gather(*signal, rows);
  }
}

class Spts : public LtpMethod {
 public:
  Spts(SptsParameters parameters, const ModelConfig& config)
      : rule_{std::move(parameters), config.layers} {
    rule_.p.stages.check_fits(config);
    if (rule_.uses_proxies()) {
      learn(rule_.p.proxy.shape_for(config), rule_.p.stages.full_layers, config);
    }
  }

  Needs needs() const override {
    return {.attention_output =
                rule_.uses_change() ? all_layers(rule_.layers) : std::vector<int64_t>{}};
  }
  std::unique_ptr<Run> begin(const Prompt& prompt, const SequenceOptions&) const override {
    return std::make_unique<SptsRun>(rule_, proxies(), prompt.length());
  }

 private:
  SptsRule rule_;
};

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
                   Decision::kKeepAfterLayer},
       .small =
           R"({"full_layers": 2, "stage_ends": [3, 5], "budgets": [0.6, 0.4], "prune_step": 0.1})"});
}

}  // namespace skipbench
