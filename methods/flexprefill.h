#pragma once

#include <string>
#include <vector>

#include "methods/interface/method_entry.h"
#include "methods/sparse/sparse_layers.h"

namespace skipbench {

/// Parameters of FlexPrefill (arXiv 2502.20766). Blocks have 128 tokens.
struct FlexPrefillParameters {
  SparseLayers sparse;
  double gamma = 0.9;
  double tau = 0.1;
  int64_t min_budget = 512;
  int64_t window = 128;
  std::string count = "authors";

  template <class Visitor>
  void visit(Visitor& v) {
    v("gamma", gamma,
      Field{.help = "sets how many blocks a head sees (see count); 1: all keys are seen",
            .source = "authors' code: 0.9 in its example; 0.95 for LLaMA-3.1-8B and GLM-4-9B",
            .low = 0,
            .high = 1});
    v("tau", tau,
      Field{.help = "heads whose estimate is nearer to the true distribution of the last block "
                    "than this Jensen-Shannon distance choose single blocks, others columns and "
                    "diagonals",
            .source = "authors' code",
            .low = 0,
            .high = 1});
    v("min_budget", min_budget,
      Field{.help = "so many keys' worth of columns, and of diagonals, are always seen, in whole "
                    "blocks of 128; a prompt that is no longer stays dense",
            .source = "authors' code: 512 in its example, 1024 in its experiments",
            .low = 1});
    v("window", window,
      Field{.help = "last queries, which stand for all",
            .source = "authors' code: one block of 128",
            .low = 1});
    v("count", count,
      Field{.help = "columns and diagonals: 'authors' counts the keys (or distances) that reach "
                    "gamma of the attention, highest first, and takes one block for each 128 of "
                    "them, whichever hold most; 'mass' takes blocks until they hold gamma",
            .source = "authors' code; mass: inferred from the paper, far denser",
            .choices = {"authors", "mass"}});
    sparse.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const;
  void select_everything() { gamma = 1.0; }
};

MethodEntry flexprefill_method();

}  // namespace skipbench
