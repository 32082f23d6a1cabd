#pragma once

#include <vector>

#include "methods/method_entry.h"
#include "methods/selection/window_parameters.h"

namespace skipbench {

/// Parameters of SnapKV (arXiv 2404.14469).
struct SnapKvParameters {
  Budget keep;
  WindowParameters window;

  template <class Visitor>
  void visit(Visitor& v) {
    v("keep", keep,
      Field{.help = "prompt tokens that each KV head's cache keeps, the window included",
            .source = "2404.14469",
            .required = true});
    window.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const { window.check(problems); }
  void select_everything() { keep = Budget::share(1.0); }
  void canonicalise(const ModelConfig&) { window.canonicalise(); }
};

MethodEntry snapkv_method();

}  // namespace skipbench
