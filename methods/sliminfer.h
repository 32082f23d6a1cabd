#pragma once

#include <vector>

#include "methods/method_entry.h"

namespace skipbench {

/// Parameters of SlimInfer (arXiv 2508.06447).
struct SlimInferParameters {
  std::vector<int64_t> prune_layers;
  std::vector<Budget> keep;
  int64_t block = 64;
  int64_t unit = 8;
  int64_t window = 4;
  bool kv_manager = false;
  double overlap = 0.9;

  template <class Visitor>
  void visit(Visitor& v) {
    v("prune_layers", prune_layers,
      Field{.help = "layers after whose attention tokens are dropped, ascending",
            .source = "2508.06447, experiment settings",
            .low = 0,
            .required = true});
    v("keep", keep,
      Field{.help = "tokens kept at each of prune_layers, rounded down to whole blocks",
            .source = "2508.06447, experiment settings",
            .required = true});
    v("block", block,
      Field{
          .help = "tokens of a block, kept or dropped together", .source = "2508.06447", .low = 1});
    v("unit", unit,
      Field{.help = "tokens of a block whose mean key stands for them",
            .source = "2508.06447",
            .low = 1});
    v("window", window,
      Field{.help = "last living tokens whose mean query scores the blocks",
            .source = "2508.06447",
            .low = 1});
    v("kv_manager", kv_manager,
      Field{.help = "the keys and values of dropped blocks go to host memory, and each new token's "
                    "query decides which blocks are in the cache; generated tokens always are",
            .source = "2508.06447, asynchronous KV cache manager; off here: inferred"});
    v("overlap", overlap,
      Field{.help = "blocks are exchanged where the chosen ones share less than this with those in "
                    "the cache",
            .source = "2508.06447, gamma",
            .low = 0,
            .high = 1});
  }

  void check(std::vector<ParameterProblem>& problems) const;
  void select_everything();
  /// Without the KV manager no block is exchanged.
  void canonicalise(const ModelConfig&) {
    if (!kv_manager) overlap = SlimInferParameters().overlap;
  }
};

MethodEntry sliminfer_method();

}  // namespace skipbench
