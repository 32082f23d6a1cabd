#pragma once

#include "methods/method_entry.h"
#include "methods/selection/no_limit.h"

namespace skipbench {

/// Parameters of H2O's cache (arXiv 2306.14048).
struct H2oParameters {
  Budget keep;
  Budget recent = Budget::share(0.1);

  template <class Visitor>
  void visit(Visitor& v) {
    v("keep", keep,
      Field{.help =
                "rows that each KV head's cache holds, the recent ones included, while decoding "
                "too; 1.0: no limit",
            .source = "2306.14048; a share of the prompt stays that many tokens: inferred",
            .required = true});
    v("recent", recent,
      Field{.help = "most recent tokens that are always kept, at most all of keep",
            .source = "2306.14048; 0.1 inferred: half of a cache of 20%"});
  }

  void select_everything() { keep = kNoLimit; }
  /// Where nothing leaves the cache, no token has to be protected.
  void canonicalise(const ModelConfig&) {
    if (keep == Budget::share(1.0)) recent = H2oParameters().recent;
  }
};

MethodEntry h2o_method();

}  // namespace skipbench
