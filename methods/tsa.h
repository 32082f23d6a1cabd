#pragma once

#include <optional>
#include <vector>

#include "methods/interface/method_entry.h"

namespace skipbench {

/// Parameters of token sparse attention (arXiv 2602.03216).
struct TsaParameters {
  std::optional<std::vector<int64_t>> layers;
  double coverage = 0.005;
  int64_t window = 128;
  int64_t min_keep = 1024;
  int64_t pool = 7;

  template <class Visitor>
  void visit(Visitor& v) {
    constexpr std::string_view kSource = "2602.03216, the authors' code";
    v("layers", layers,
      Field{.help = "layers whose attention is sparse, ascending; none: the upper half",
            .source = kSource,
            .low = 0});
    v("coverage", coverage,
      Field{.help = "the lowest tokens are left out until they hold this share of all scores; 0: "
                    "none is; where every token holds more, the layer runs dense",
            .source = kSource,
            .low = 0,
            .high = 1});
    v("window", window,
      Field{.help = "last tokens, which score the others and are always attended",
            .source = kSource,
            .low = 1});
    v("min_keep", min_keep,
      Field{.help = "no head attends to fewer tokens beside the window",
            .source = kSource,
            .low = 1});
    v("pool", pool,
      Field{.help = "neighbours over which scores are averaged, an odd number",
            .source = kSource,
            .low = 1});
  }

  void check(std::vector<ParameterProblem>& problems) const;
  void select_everything() { coverage = 0.0; }
};

MethodEntry tsa_method();

}  // namespace skipbench
