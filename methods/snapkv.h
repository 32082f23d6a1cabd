#pragma once

#include <vector>

#include "methods/interface/method_entry.h"
#include "methods/selection/window_parameters.h"

namespace skipbench {

/// Parameters of SnapKV (arXiv 2404.14469).
struct SnapKvParameters {
  Budget keep;
  WindowParameters window = {.gqa = "query"};

  template <class Visitor>
  void visit(Visitor& v) {
    v("keep", keep,
      Field{.help = "prompt tokens that each head's cache keeps, the window included",
            .source = "authors' code: 1024, 2048 and 4096 on LongBench",
            .required = true});
    window.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const { window.check(problems); }
  void select_everything() { keep = Budget::share(1.0); }
  void canonicalise(const ModelConfig& config) { window.canonicalise(config); }
};

MethodEntry snapkv_method();

}  // namespace skipbench
