#pragma once

#include <cstdint>
#include <string>

#include "methods/interface/parameters.h"

namespace skipbench {

/// Living tokens that every selection holds, whatever their score.
struct ForcedTokens {
  int64_t protect_first = 0;
  int64_t protect_last = 1;
  std::string force = "inside";

  bool inside() const { return force == "inside"; }

  template <class Visitor>
  void visit(Visitor& v) {
    v("protect_first", protect_first,
      Field{.help = "so many first living tokens are always selected",
            .source = "inferred (no source protects sinks)",
            .low = 0});
    v("protect_last", protect_last,
      Field{.help = "so many last living tokens are always selected; the last one gives the answer",
            .source = "inferred",
            .low = 1});
    v("force", force,
      Field{.help = "protected tokens take places inside the budget, or come on top of it",
            .source = "inferred",
            .choices = {"inside", "union"}});
  }
};

}  // namespace skipbench
