#pragma once

#include <vector>

#include "methods/method_entry.h"

namespace skipbench {

/// Parameters of token sparse attention (arXiv 2602.03216).
struct TsaParameters {
  std::vector<int64_t> layers;
  double coverage = 0.005;
  int64_t window = 128;
  int64_t min_keep = 1024;
  int64_t pool = 7;

  template <class Visitor>
  void visit(Visitor& v) {
    v("layers", layers,
      Field{.help = "layers whose attention is sparse, ascending",
            .source = "2602.03216, experiment settings",
            .low = 0,
            .required = true});
    v("coverage", coverage,
      Field{.help = "the lowest tokens are left out until they hold this share of all scores; 0: "
                    "none is",
            .source = "2602.03216",
            .low = 0,
            .high = 1});
    v("window", window,
      Field{.help = "last tokens, which score the others and are always attended",
            .source = "2602.03216",
            .low = 1});
    v("min_keep", min_keep,
      Field{.help = "no head attends to fewer tokens beside the window",
            .source = "2602.03216",
            .low = 1});
    v("pool", pool,
      Field{.help = "neighbours over which scores are averaged, an odd number",
            .source = "2602.03216",
            .low = 1});
  }

  void check(std::vector<ParameterProblem>& problems) const;
  void select_everything() { coverage = 0.0; }
};

MethodEntry tsa_method();

}  // namespace skipbench
