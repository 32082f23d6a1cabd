#pragma once

#include <vector>

#include "methods/interface/method_entry.h"
#include "methods/sparse/sparse_layers.h"

namespace skipbench {

/// Parameters of the work model of block-sparse attention.
struct BlockSparseParameters {
  SparseLayers sparse;
  double pair_share = 0.25;
  int64_t sinks = 64;
  int64_t local = 128;

  template <class Visitor>
  void visit(Visitor& v) {
    v("pair_share", pair_share,
      Field{.help = "share of a sparse layer's causal query-key pairs; 1: all",
            .source = "ours: what a sparse method is assumed to need",
            .low = 0,
            .high = 1});
    v("sinks", sinks,
      Field{.help = "so many first keys are seen by all queries; in whole blocks of 64",
            .source = "ours",
            .low = 0});
    v("local", local,
      Field{.help = "so many keys before a block of 128 queries are seen by it, beside its own; in "
                    "whole blocks of 64",
            .source = "ours",
            .low = 0});
    sparse.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const;
  void select_everything() { pair_share = 1.0; }
};

MethodEntry block_sparse_method();

}  // namespace skipbench
