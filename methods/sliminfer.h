#pragma once

#include <vector>

#include "methods/interface/method_entry.h"
#include "methods/sparse/block_score_parameters.h"

namespace skipbench {

/// Parameters of SlimInfer (arXiv 2508.06447).
struct SlimInferParameters {
  std::vector<int64_t> prune_layers;
  std::vector<Budget> keep;
  BlockScoreParameters scores;
  bool gather_kv = false;
  bool revive = false;
  bool kv_manager = false;
  double overlap = 0.9;

  template <class Visitor>
  void visit(Visitor& v) {
    v("prune_layers", prune_layers,
      Field{.help = "layers after whose attention tokens are dropped, ascending",
            .source =
                "2508.06447, a note on the paper: the first layers with fewer keys; that those "
                "before them prune: inferred",
            .low = 0,
            .required = true});
    v("keep", keep,
      Field{.help =
                "tokens kept at each of prune_layers, rounded down to whole blocks, the first and "
                "the last block among them",
            .source = "2508.06447, a note on the paper; the last block: inferred",
            .required = true});
    scores.visit(v);
    v("gather_kv", gather_kv,
      Field{.help = "a pruning layer caches only the tokens that survive it; false: those that "
                    "entered it",
            .source =
                "inferred: with prune_layers one higher, true fits the published KV memory as "
                "false does"});
    v("revive", revive,
      Field{.help =
                "decode steps choose blocks anew, by the queries of the window's newest tokens; "
                "pruned tokens come back where they are chosen",
            .source = "inferred: the paper calls pruned blocks recoverable"});
    v("kv_manager", kv_manager,
      Field{.help = "the keys and values of dropped blocks go to host memory, and each new token's "
                    "query decides which blocks are in the cache; generated tokens always are",
            .source =
                "2508.06447, a note on the paper: asynchronous KV cache manager; off here, and "
                "from which layers blocks leave: inferred"});
    v("overlap", overlap,
      Field{.help = "blocks are exchanged where the chosen ones share less than this with those in "
                    "the cache",
            .source = "2508.06447, a note on the paper: gamma",
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
