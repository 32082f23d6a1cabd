#pragma once

#include <vector>

#include "methods/method_entry.h"
#include "methods/selection/window_parameters.h"

namespace skipbench {

/// Parameters of PyramidKV (arXiv 2406.02069).
struct PyramidKvParameters {
  Budget keep;
  int64_t beta = 20;
  WindowParameters window;

  template <class Visitor>
  void visit(Visitor& v) {
    v("keep", keep,
      Field{.help = "prompt tokens that each KV head's cache keeps, the mean over the layers",
            .source = "2406.02069",
            .required = true});
    v("beta", beta,
      Field{.help = "the last layer keeps (keep - window) / beta tokens beside the window",
            .source = "2406.02069",
            .low = 1});
    window.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const { window.check(problems); }
  void select_everything() { keep = Budget::share(1.0); }
  void canonicalise(const ModelConfig&) { window.canonicalise(); }
};

MethodEntry pyramidkv_method();

}  // namespace skipbench
