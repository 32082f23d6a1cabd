#pragma once

#include "methods/registry.h"

namespace skipbench {

/// Parameters of H2O's cache (arXiv 2306.14048).
struct H2oParameters {
  Budget keep;
  Budget recent = Budget::share(0.1);

  template <class Visitor>
  void visit(Visitor& v) {
    v("keep", keep,
      Field{.help = "prompt tokens that each KV head's cache keeps, the recent ones included",
            .source = "2306.14048",
            .required = true});
    v("recent", recent,
      Field{.help = "last prompt tokens that are always kept",
            .source = "2306.14048; 0.1 inferred: half of a cache of 20%"});
  }

  void select_everything() { keep = Budget::share(1.0); }
};

MethodEntry h2o_method();

}  // namespace skipbench
