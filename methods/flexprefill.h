#pragma once

#include <vector>

#include "methods/method_entry.h"
#include "methods/selection/sparse_layers.h"

namespace skipbench {

/// Parameters of FlexPrefill (arXiv 2502.20766). Blocks have 128 tokens.
struct FlexPrefillParameters {
  SparseLayers sparse;
  double gamma = 0.9;
  double tau = 0.1;
  int64_t min_budget = 512;
  int64_t window = 128;

  template <class Visitor>
  void visit(Visitor& v) {
    v("gamma", gamma,
      Field{.help = "share of the attention that a head's pattern holds by its estimate; 1: all "
                    "keys are seen",
            .source = "2502.20766",
            .low = 0,
            .high = 1});
    v("tau", tau,
      Field{.help = "heads whose estimate is nearer to the true distribution of the last block "
                    "than this Jensen-Shannon distance choose single blocks, others columns and "
                    "diagonals",
            .source = "2502.20766",
            .low = 0,
            .high = 1});
    v("min_budget", min_budget,
      Field{.help = "keys that a query sees at least, where there are so many; in whole blocks",
            .source = "2502.20766, the authors' code; by row, column or diagonal: inferred",
            .low = 0});
    v("window", window,
      Field{.help = "last queries, which stand for all",
            .source = "2502.20766, one block of 128",
            .low = 1});
    sparse.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const;
  void select_everything() { gamma = 1.0; }
};

MethodEntry flexprefill_method();

}  // namespace skipbench
