#pragma once

#include "methods/registry.h"

namespace skipbench {

/// Parameters of StreamingLLM's cache (arXiv 2309.17453).
struct StreamingLlmParameters {
  Budget keep;
  int64_t sinks = 4;

  template <class Visitor>
  void visit(Visitor& v) {
    v("keep", keep,
      Field{.help = "prompt tokens that each layer's cache keeps, sinks included",
            .source = "2309.17453",
            .required = true});
    v("sinks", sinks,
      Field{.help = "first prompt tokens that are always kept", .source = "2309.17453", .low = 0});
  }

  void select_everything() { keep = Budget::share(1.0); }
};

MethodEntry streamingllm_method();

}  // namespace skipbench
