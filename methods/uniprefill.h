#pragma once

#include <vector>

#include "methods/interface/method_entry.h"

namespace skipbench {

/// Parameters of UniPrefill's token dropping (arXiv 2605.06221).
struct UniPrefillParameters {
  std::vector<int64_t> drop_layers;
  double p = 0.99;
  int64_t window = 128;
  int64_t block = 64;
  int64_t first = 128;
  int64_t last = 128;
  int64_t min_tokens = 256;
  bool crossing = true;

  template <class Visitor>
  void visit(Visitor& v) {
    constexpr std::string_view kSource = "2605.06221, the authors' code";
    v("drop_layers", drop_layers,
      Field{.help = "layers between whose attention and FFN tokens are dropped, ascending",
            .source = kSource,
            .low = 0,
            .required = true});
    v("p", p,
      Field{.help = "the highest blocks are kept until they hold this share of all scores; 1: "
                    "every block",
            .source = kSource,
            .low = 0,
            .high = 1});
    v("window", window,
      Field{.help = "last living tokens whose attention scores the blocks",
            .source = kSource,
            .low = 1});
    v("block", block,
      Field{.help = "tokens of a block, kept or dropped together; a block counts with the sum of "
                    "its scores, the last one too, which may have fewer tokens",
            .source = kSource,
            .low = 1});
    v("first", first,
      Field{.help = "so many first living tokens are kept on top", .source = kSource, .low = 0});
    v("last", last,
      Field{.help = "so many last living tokens are kept on top", .source = kSource, .low = 1});
    v("min_tokens", min_tokens,
      Field{.help = "so many living tokens or fewer are left alone", .source = kSource, .low = 0});
    v("crossing", crossing,
      Field{.help = "the block with which the blocks exceed p is kept; false: it is not, unless it "
                    "is the first",
            .source = "2605.06221, the authors' code: true in its vLLM operator, false in its "
                      "illustration (native_imp.py)"});
  }

  void check(std::vector<ParameterProblem>& problems) const;
  void select_everything() { p = 1.0; }
};

MethodEntry uniprefill_method();

}  // namespace skipbench
