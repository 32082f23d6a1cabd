#pragma once

#include "methods/interface/method_entry.h"

namespace skipbench {

/// Parameters of GemFilter (arXiv 2409.17422).
struct GemFilterParameters {
  int64_t layer = 0;
  Budget keep;
  int64_t pool = 5;
  bool force_last = false;

  template <class Visitor>
  void visit(Visitor& v) {
    v("layer", layer,
      Field{.help = "the filter layer r: layers 0 to r - 1 run, and r's queries and keys choose",
            .source = "2409.17422, the authors' code",
            .low = 0,
            .required = true});
    v("keep", keep,
      Field{.help = "tokens of the prompt that the second pass runs on",
            .source = "2409.17422, the authors' code",
            .required = true});
    v("pool", pool,
      Field{.help = "window of the average over neighbouring scores, odd",
            .source = "2409.17422, the authors' code",
            .low = 1});
    v("force_last", force_last,
      Field{.help = "the prompt's last token is kept whatever its score, one of `keep`; false: it "
                    "may be missing, and the reply then starts from the last token kept",
            .source = "2409.17422, the authors' code (false); true: inferred"});
  }

  void check(std::vector<ParameterProblem>& problems) const;
  void select_everything() { keep = Budget::share(1.0); }
};

MethodEntry gemfilter_method();

}  // namespace skipbench
