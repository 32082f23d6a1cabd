#pragma once

#include <vector>

#include "methods/method_entry.h"
#include "methods/selection/sparse_layers.h"

namespace skipbench {

/// Parameters of MInference's vertical-slash pattern (arXiv 2407.02490).
struct MInferenceParameters {
  SparseLayers sparse;
  int64_t vertical = 1000;
  int64_t slash = 6096;
  int64_t window = 64;
  int64_t first = 30;
  int64_t last = 100;

  template <class Visitor>
  void visit(Visitor& v) {
    v("vertical", vertical,
      Field{.help =
                "keys that all later queries of a head see; a prompt that is no longer stays dense",
            .source = "2407.02490; which head has which of six published pairs is not known: one "
                      "pair for all",
            .low = 1});
    v("slash", slash,
      Field{.help = "distances at which all queries of a head see a key; a prompt that is no "
                    "longer stays dense",
            .source = "2407.02490, as vertical",
            .low = 1});
    v("window", window,
      Field{.help = "last queries, whose attention scores keys and distances",
            .source = "2407.02490",
            .low = 1});
    v("first", first,
      Field{.help = "so many first keys are always among the vertical ones",
            .source = "2407.02490, the authors' code",
            .low = 0});
    v("last", last,
      Field{.help = "so many shortest distances are always among the slashes",
            .source = "2407.02490, the authors' code",
            .low = 1});
    sparse.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const;
  void select_everything();
};

MethodEntry minference_method();

}  // namespace skipbench
