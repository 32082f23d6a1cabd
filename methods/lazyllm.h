#pragma once

#include "methods/interface/method_entry.h"

namespace skipbench {

/// Parameters of LazyLLM's pruning (arXiv 2407.14057).
struct LazyLlmParameters {
  double start = 0.3, end = 0.9;
  double keep_start = 0.75, keep_end = 0;
  bool revive = true;

  template <class Visitor>
  void visit(Visitor& v) {
    constexpr std::string_view kSchedule = "2407.14057, a note on the paper; in no public code";
    v("start", start,
      Field{.help = "depth of the first layer that prunes, as a share of the layers",
            .source = kSchedule,
            .low = 0,
            .high = 0.999});
    v("end", end,
      Field{.help = "depth of the last layer that prunes, as a share of the layers",
            .source = kSchedule,
            .low = 0,
            .high = 0.999});
    v("keep_start", keep_start,
      Field{.help = "share of the prompt that the first pruning layer leaves",
            .source = kSchedule,
            .low = 1e-6,
            .high = 1});
    v("keep_end", keep_end,
      Field{.help = "share of the prompt that the last pruning layer leaves; linear in between",
            .source = "2407.14057, a note on the paper, which sweeps it",
            .low = 1e-6,
            .high = 1,
            .required = true});
    v("revive", revive,
      Field{.help = "decode steps prune too, by the new token's attention, as shares of all tokens "
                    "so far; pruned tokens come back where it chooses them; false: decoding sees "
                    "what the prompt left in each layer",
            .source = "2407.14057, a note on the paper, and a public port; the shares of a growing "
                      "sequence: inferred"});
  }

  void check(std::vector<ParameterProblem>& problems) const;
  void select_everything() { keep_start = keep_end = 1; }
  /// A single layer that prunes leaves keep_end.
  void canonicalise(const ModelConfig& config);

  /// The first and the last layer that prune.
  int64_t first_layer(const ModelConfig& config) const { return layer_at(start, config); }
  int64_t last_layer(const ModelConfig& config) const { return layer_at(end, config); }

 private:
  static int64_t layer_at(double depth, const ModelConfig& config);
};

MethodEntry lazyllm_method();

}  // namespace skipbench
