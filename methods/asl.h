#pragma once

#include "methods/interface/method_entry.h"

namespace skipbench {

/// Parameters of ASL, adaptive selection of the pruning layer (arXiv 2601.07667).
struct AslParameters {
  int64_t first_layer = 10;
  double threshold = 0.3;
  int64_t window = 32;
  int64_t pool = 7;
  Budget keep = Budget::tokens(2048);
  int64_t history = 8;

  template <class Visitor>
  void visit(Visitor& v) {
    constexpr std::string_view kSource = "2601.07667, the authors' code";
    v("first_layer", first_layer,
      Field{.help = "first layer whose variance is taken, and which sets the scale of threshold",
            .source = kSource,
            .low = 0});
    v("threshold", threshold,
      Field{.help =
                "tokens are selected once the variance of their ranks falls below this multiple "
                "of its first value (tau); if it never does, nothing is pruned",
            .source = kSource,
            .low = 0});
    v("window", window,
      Field{.help = "last tokens, which score the others and are always kept",
            .source = kSource,
            .low = 1});
    v("pool", pool,
      Field{.help = "neighbours over which scores are averaged, an odd number",
            .source = kSource,
            .low = 1});
    v("keep", keep, Field{.help = "tokens kept, the window included", .source = kSource});
    v("history", history,
      Field{.help = "layers over which the variance of a token's ranks is taken",
            .source = kSource,
            .low = 2});
  }

  void check(std::vector<ParameterProblem>& problems) const;
  void select_everything() { keep = Budget::share(1.0); }
};

MethodEntry asl_method();

}  // namespace skipbench
