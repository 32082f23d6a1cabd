#pragma once

#include <optional>
#include <string>
#include <vector>

#include "methods/calibration/ltp_parameters.h"
#include "methods/interface/parameters.h"
#include "methods/selection/ffn_criterion_names.h"
#include "methods/selection/forced_tokens.h"
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

  void check(std::vector<ParameterProblem>& problems) const;
  void select_everything();
  /// What the switches that are off leave without effect goes back to its default.
  void canonicalise(const ModelConfig& config);

  Shrink shrink_rule() const { return shrink == "budget" ? Shrink::kBudget : Shrink::kCandidates; }
  /// The stages with the FFN's budgets in place of attention's.
  StageParameters ffn_stages() const;

 private:
  void canonicalise_stages(const ModelConfig& config);
};

}  // namespace skipbench
