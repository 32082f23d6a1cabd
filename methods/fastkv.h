#pragma once

#include <vector>

#include "methods/method_entry.h"
#include "methods/selection/window_parameters.h"

namespace skipbench {

/// Parameters of FastKV (arXiv 2502.01068).
struct FastKvParameters {
  int64_t tsp_layer = 0;
  Budget tsp_keep, kv_keep;
  int64_t window = 8;
  int64_t pool = 7;

  template <class Visitor>
  void visit(Visitor& v) {
    v("tsp_layer", tsp_layer,
      Field{.help = "after this layer only tsp_keep tokens go on",
            .source = "2502.01068",
            .low = 0,
            .required = true});
    v("tsp_keep", tsp_keep,
      Field{.help = "tokens that go on to later layers, the window included",
            .source = "2502.01068",
            .required = true});
    v("kv_keep", kv_keep,
      Field{.help = "prompt tokens that each KV head's cache keeps, the window included",
            .source = "2502.01068",
            .required = true});
    v("window", window,
      Field{.help = "last living tokens: their queries score the others, and they are always kept",
            .source = "2502.01068",
            .low = 1});
    v("pool", pool,
      Field{.help = "neighbouring tokens that share the maximum of their scores; odd, 1 for none",
            .source = "2502.01068",
            .low = 1});
  }

  void check(std::vector<ParameterProblem>& problems) const {
    WindowParameters::check_pool(pool, problems);
  }
  void select_everything() { tsp_keep = kv_keep = Budget::share(1.0); }
};

MethodEntry fastkv_method();

}  // namespace skipbench
