#pragma once

#include <string>
#include <vector>

#include "methods/calibration/ltp_parameters.h"
#include "methods/interface/method_entry.h"
#include "methods/selection/ffn_criterion_names.h"
#include "methods/selection/forced_tokens.h"
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
  void canonicalise(const ModelConfig& config);
};

MethodEntry ffn_control_method();

}  // namespace skipbench
