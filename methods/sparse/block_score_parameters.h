#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "methods/interface/parameters.h"

namespace skipbench {

/// How the last queries score blocks of tokens (SlimInfer, arXiv 2508.06447).
struct BlockScoreParameters {
  int64_t block = 64;
  int64_t unit = 8;
  int64_t window = 4;
  std::string score = "dot";
  std::string heads = "mean";

  template <class Visitor>
  void visit(Visitor& v) {
    constexpr std::string_view kNote = "2508.06447, a note on the paper";
    v("block", block,
      Field{.help = "tokens of a block, kept or dropped together", .source = kNote, .low = 1});
    v("unit", unit,
      Field{.help = "tokens of a block whose mean key stands for them", .source = kNote, .low = 1});
    v("window", window,
      Field{
          .help = "last living tokens whose queries score the blocks", .source = kNote, .low = 1});
    v("score", score,
      Field{.help = "what a unit is worth: the product of mean query and mean key, its absolute "
                    "value, or the mean attention that its tokens get",
            .source =
                "inferred; abs: 2508.06447, a note on the paper, which keeps what is attended "
                "least where most products are negative",
            .choices = {"dot", "abs", "softmax"}});
    v("heads", heads,
      Field{.help = "a unit counts with the mean or the maximum over query heads",
            .source = "2508.06447, a note on the paper (mean); max: a control of ours",
            .choices = {"mean", "max"}});
  }

  void check(std::vector<ParameterProblem>& problems) const {
    if (block % unit == 0) return;
    problems.push_back(
        {"unit", fmt::format("got {}, expected a divisor of block = {}", unit, block)});
  }
};

}  // namespace skipbench
