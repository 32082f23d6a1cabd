#pragma once

#include "methods/method_entry.h"

namespace skipbench {

/// Parameters of GemFilter (arXiv 2409.17422).
struct GemFilterParameters {
  int64_t layer = 0;
  Budget keep;
  int64_t pool = 5;

  template <class Visitor>
  void visit(Visitor& v) {
    v("layer", layer,
      Field{.help = "the filter layer r: layers 0 to r - 1 run, and r's queries and keys choose",
            .source = "2409.17422, experiment settings",
            .low = 0,
            .required = true});
    v("keep", keep,
      Field{.help = "tokens of the prompt that the second pass runs on",
            .source = "2409.17422, experiment settings",
            .required = true});
    v("pool", pool,
      Field{.help = "window of the average over neighbouring scores, odd",
            .source = "2409.17422, published code",
            .low = 1});
  }

  void check(std::vector<ParameterProblem>& problems) const;
  void select_everything() { keep = Budget::share(1.0); }
};

MethodEntry gemfilter_method();

}  // namespace skipbench
