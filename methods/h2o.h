#pragma once

#include <optional>

#include "methods/interface/method_entry.h"
#include "methods/sparse/no_limit.h"

namespace skipbench {

/// Parameters of H2O's cache (arXiv 2306.14048).
struct H2oParameters {
  Budget keep;
  std::optional<Budget> recent;

  template <class Visitor>
  void visit(Visitor& v) {
    v("keep", keep,
      Field{.help =
                "rows that each KV head's cache holds, the recent ones included, while decoding "
                "too; 1.0: no limit",
            .source = "authors' code (utils_real_drop): 0.2 of the prompt, or 2048; query heads of "
                      "a KV head summed: inferred",
            .required = true});
    v("recent", recent,
      Field{.help = "most recent tokens that are always kept, at most all of keep; none given: as "
                    "many as heavy hitters, half of keep",
            .source = "authors' code"});
  }

  void select_everything() { keep = kNoLimit; }
  /// Where nothing leaves the cache, no token has to be protected.
  void canonicalise(const ModelConfig&) {
    if (keep == Budget::share(1.0)) recent = H2oParameters().recent;
  }
};

MethodEntry h2o_method();

}  // namespace skipbench
