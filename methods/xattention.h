#pragma once

#include <vector>

#include "methods/method_entry.h"
#include "methods/selection/sparse_layers.h"

namespace skipbench {

/// Parameters of XAttention (arXiv 2503.16428). Blocks have 128 tokens.
struct XAttentionParameters {
  SparseLayers sparse;
  double tau = 0.9;
  int64_t stride = 8;

  template <class Visitor>
  void visit(Visitor& v) {
    v("tau", tau,
      Field{.help = "a block of queries sees the highest blocks of keys that hold this share of "
                    "its estimated attention; 1: all",
            .source = "2503.16428 (0.8 to 0.9)",
            .low = 0,
            .high = 1});
    v("stride", stride,
      Field{.help = "side of the squares whose antidiagonals are added up; divides 128",
            .source = "2503.16428 (8 or 16)",
            .low = 1,
            .high = 128});
    sparse.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const;
  void select_everything() { tau = 1.0; }
};

MethodEntry xattention_method();

}  // namespace skipbench
