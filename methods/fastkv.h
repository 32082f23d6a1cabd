#pragma once

#include <string>
#include <vector>

#include "methods/interface/method_entry.h"
#include "methods/selection/window_parameters.h"

namespace skipbench {

/// Parameters of FastKV (arXiv 2502.01068).
struct FastKvParameters {
  int64_t tsp_layer = 0;
  Budget tsp_keep, kv_keep;
  int64_t window = 8;
  int64_t pool = 7;
  std::string pooling = "max";

  template <class Visitor>
  void visit(Visitor& v) {
    constexpr std::string_view kSource = "2502.01068, the authors' code";
    v("tsp_layer", tsp_layer,
      Field{.help = "after this layer only tsp_keep tokens go on",
            .source = kSource,
            .low = 0,
            .required = true});
    v("tsp_keep", tsp_keep,
      Field{.help = "tokens that go on to later layers, the window included",
            .source = kSource,
            .required = true});
    v("kv_keep", kv_keep,
      Field{.help = "tokens that each KV head's cache keeps, the window included; where both are "
                    "shares, behind tsp_layer the share kv_keep / tsp_keep of what lives there; a "
                    "prompt with fewer tokens than this is left alone",
            .source = "2502.01068, the authors' code; at least the window: inferred",
            .required = true});
    v("window", window,
      Field{.help = "last living tokens: their queries score the others, and they are always kept",
            .source = kSource,
            .low = 1});
    v("pool", pool,
      Field{.help = "neighbouring tokens that share their scores; odd, 1 for none",
            .source = kSource,
            .low = 1});
    v("pooling", pooling,
      Field{.help = "neighbours share the maximum or the mean of their scores",
            .source =
                "2502.01068, the authors' code: max in its revision (shares), avg in its first "
                "version (fixed counts)",
            .choices = {"max", "avg"}});
  }

  void check(std::vector<ParameterProblem>& problems) const {
    WindowParameters::check_pool(pool, problems);
  }
  void select_everything() { tsp_keep = kv_keep = Budget::share(1.0); }
  /// A neighbourhood of one has one maximum and the same mean.
  void canonicalise(const ModelConfig&) {
    if (pool == 1) pooling = FastKvParameters().pooling;
  }
};

MethodEntry fastkv_method();

}  // namespace skipbench
