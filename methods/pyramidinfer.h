#pragma once

#include "methods/method_entry.h"

namespace skipbench {

/// Parameters of PyramidInfer's prefill (arXiv 2405.12532).
struct PyramidInferParameters {
  double recent = 0.2;
  double decay = 0.9;
  int64_t sinks = 4;
  int64_t min_context = 64;
  bool compound = true;
  bool gather_kv = false;

  template <class Visitor>
  void visit(Visitor& v) {
    v("recent", recent,
      Field{.help = "last share of the prompt that is never dropped; the rest is the context",
            .source = "2405.12532, a public port",
            .low = 0,
            .high = 1});
    v("decay", decay,
      Field{.help = "d: layer l keeps (1 - d) (cos(pi l / L) + 1) / 2 + d of the context; 1: all",
            .source = "2405.12532, a public port",
            .low = 0,
            .high = 1});
    v("sinks", sinks,
      Field{.help = "so many first context tokens are always kept",
            .source = "2405.12532, a public port",
            .low = 0});
    v("min_context", min_context,
      Field{.help = "no layer leaves fewer context tokens",
            .source = "2405.12532, a public port",
            .low = 0});
    v("compound", compound,
      Field{.help = "each layer's share is of the context that entered it; false: of the prompt's",
            .source = "inferred"});
    v("gather_kv", gather_kv,
      Field{.help = "a layer caches only the tokens that survive it; false: those that entered it",
            .source = "inferred"});
  }

  void select_everything() { decay = 1.0; }
};

MethodEntry pyramidinfer_method();

}  // namespace skipbench
