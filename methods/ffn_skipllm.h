#pragma once

#include <optional>

#include "methods/interface/method_entry.h"

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

  void check(std::vector<ParameterProblem>& problems) const;
  void select_everything();
  /// Above 1 no threshold is ever reached.
  void canonicalise(const ModelConfig& config);
};

MethodEntry ffn_skipllm_method();

}  // namespace skipbench
