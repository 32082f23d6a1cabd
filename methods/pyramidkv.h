#pragma once

#include <string>
#include <vector>

#include "methods/interface/method_entry.h"
#include "methods/selection/window_parameters.h"

namespace skipbench {

/// Parameters of PyramidKV (arXiv 2406.02069).
struct PyramidKvParameters {
  Budget keep;
  int64_t beta = 20;
  std::string schedule = "authors";
  WindowParameters window = {.gqa = "query"};

  template <class Visitor>
  void visit(Visitor& v) {
    v("keep", keep,
      Field{.help =
                "prompt tokens that each head's cache keeps, the mean over the layers (a little "
                "more where a step is rounded down); at least the window",
            .source = "authors' code (KVCache-Factory): 128 to 2048",
            .required = true});
    v("beta", beta,
      Field{.help = "the last layer keeps 1 / beta of the mean, beside the window (authors) or the "
                    "window included (kvpress)",
            .source = "authors' code; kvpress: 20",
            .low = 1});
    v("schedule", schedule,
      Field{.help =
                "'authors': whole steps from layer to layer beside the window, and keep in every "
                "layer of a prompt shorter than 2 (keep - window); 'kvpress': the window inside, "
                "to the nearest token, and keep in every layer where the last would have less "
                "than a window",
            .source = "authors' code; kvpress",
            .choices = {"authors", "kvpress"}});
    window.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const { window.check(problems); }
  void select_everything() { keep = Budget::share(1.0); }
  void canonicalise(const ModelConfig& config) { window.canonicalise(config); }
};

MethodEntry pyramidkv_method();

}  // namespace skipbench
