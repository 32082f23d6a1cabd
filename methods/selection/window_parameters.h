#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "methods/parameters.h"

namespace skipbench {

/// How the prompt's last queries score what stands before them (SnapKV, arXiv 2404.14469).
struct WindowParameters {
  int64_t window = 64;
  int64_t pool = 5;
  std::string pooling = "avg";

  bool takes_maximum() const { return pooling == "max"; }

  template <class Visitor>
  void visit(Visitor& v) {
    v("window", window,
      Field{.help = "last living tokens: their queries score the others, and they are always kept",
            .source = "2404.14469; 64 in kvpress, 8 in KVCache-Factory",
            .low = 1});
    v("pool", pool,
      Field{.help = "neighbouring tokens that share their scores; odd, 1 for none",
            .source = "2404.14469; 5 in kvpress, 7 in KVCache-Factory",
            .low = 1});
    v("pooling", pooling,
      Field{.help = "neighbours share the mean or the maximum of their scores",
            .source = "2404.14469; avg in kvpress, max in KVCache-Factory",
            .choices = {"avg", "max"}});
  }

  void check(std::vector<ParameterProblem>& problems) const { check_pool(pool, problems); }

  /// A neighbourhood of one has one mean and the same maximum.
  void canonicalise() {
    if (pool == 1) pooling = WindowParameters{}.pooling;
  }

  static void check_pool(int64_t pool, std::vector<ParameterProblem>& problems) {
    if (pool % 2 == 1) return;
    problems.push_back({"pool", fmt::format("got {}, expected an odd number", pool)});
  }
};

}  // namespace skipbench
