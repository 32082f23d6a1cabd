#pragma once

#include "methods/method_entry.h"
#include "methods/selection/no_limit.h"

namespace skipbench {

/// Parameters of StreamingLLM's cache (arXiv 2309.17453).
struct StreamingLlmParameters {
  Budget keep;
  int64_t sinks = 4;

  template <class Visitor>
  void visit(Visitor& v) {
    v("keep", keep,
      Field{.help =
                "rows that each layer's cache holds, sinks included, while decoding too; 1.0: no "
                "limit",
            .source = "2309.17453; a share of the prompt stays that many tokens: inferred",
            .required = true});
    v("sinks", sinks,
      Field{.help = "first prompt tokens that are always kept", .source = "2309.17453", .low = 0});
  }

  void select_everything() { keep = kNoLimit; }
  /// Where nothing leaves the cache, no token has to be protected.
  void canonicalise(const ModelConfig&) {
    if (keep == Budget::share(1.0)) sinks = StreamingLlmParameters().sinks;
  }
};

MethodEntry streamingllm_method();

}  // namespace skipbench
