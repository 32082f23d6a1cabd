#pragma once

#include <optional>
#include <string>
#include <vector>

#include "methods/interface/method_entry.h"
#include "methods/sparse/sparse_layers.h"

namespace skipbench {

/// Parameters of XAttention (arXiv 2503.16428). Blocks have 128 tokens.
struct XAttentionParameters {
  SparseLayers sparse;
  double tau = 0.8;
  std::optional<std::vector<std::vector<double>>> head_taus;
  int64_t stride = 8;
  std::string first_chunk = "authors";

  template <class Visitor>
  void visit(Visitor& v) {
    v("tau", tau,
      Field{.help = "a block of queries sees the highest blocks of keys that hold this share of "
                    "its estimated attention; 1: all",
            .source = "authors' code: 0.8 by default; 0.9 for Qwen2-VL-7B and HunyuanVideo",
            .low = 0,
            .high = 1});
    v("head_taus", head_taus,
      Field{.help = "a tau for each query head of each layer instead, a list a layer",
            .source = "authors' code: how their LLaMA-3.1-8B rows were measured",
            .low = 0,
            .high = 1});
    v("stride", stride,
      Field{.help = "side of the squares whose antidiagonals are added up; divides 128",
            .source = "2503.16428 (8 or 16)",
            .low = 1,
            .high = 128});
    v("first_chunk", first_chunk,
      Field{.help =
                "'authors': in the first chunk of queries, which is the whole of a prompt of up "
                "to 16384 tokens, the sum lags one block, so that a row sees about one block "
                "more; 'plain': the rule of later chunks everywhere",
            .source = "authors' code; plain: 2503.16428",
            .choices = {"authors", "plain"}});
    sparse.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const;
  void select_everything() {
    tau = 1.0;
    head_taus.reset();
  }
  /// With a tau a head the common one has no effect.
  void canonicalise(const ModelConfig&) {
    if (head_taus) tau = XAttentionParameters().tau;
  }
};

MethodEntry xattention_method();

}  // namespace skipbench
