#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kernels/model/model_config.h"
#include "methods/interface/parameters.h"

namespace skipbench {

/// Which layers skip and how many tokens stay active: the schedule of SPTS, shared with its
/// controls.
struct StageParameters {
  int64_t full_layers = 0;
  std::vector<int64_t> stage_ends;
  std::vector<Budget> budgets;
  Budget prune_step = Budget::tokens(0);
  std::optional<Budget> final_budget;

  template <class Visitor>
  void visit(Visitor& v) {
    v("full_layers", full_layers,
      Field{.help = "leading layers that run in full (10: layers 0 to 9)",
            .source = "2601.13155, experiment settings",
            .low = 0,
            .required = true});
    v("stage_ends", stage_ends,
      Field{.help = "last layer of each stage of skipping layers, ascending",
            .source = "2601.13155, experiment settings",
            .low = 0,
            .required = true});
    v("budgets", budgets,
      Field{.help = "M of each stage: active tokens of a layer",
            .source = "2601.13155, experiment settings",
            .required = true});
    v("prune_step", prune_step,
      Field{.help = "Delta: by how many tokens a stage's end prunes further",
            .source = "2601.13155, experiment settings",
            .low = 0});
    v("final_budget", final_budget,
      Field{.help = "M of the layers after the last stage; none: the last of budgets - prune_step",
            .source = "inferred (the published KV memory fits it)"});
  }

  /// Adds a problem for each disagreement of the lists with one another.
  void check(std::vector<ParameterProblem>& problems) const;
  /// Throws InputError naming the parameter when the model has too few layers.
  void check_fits(const ModelConfig& config) const;
  /// Every budget becomes the whole prompt.
  void select_everything();
  /// One way of writing what the layers after the last stage do: `used`: their budget decides
  /// something; `step_prunes`: prune_step does, wherever stages end.
  void canonicalise(const ModelConfig& config, bool used, bool step_prunes);
  bool ends_before_last_layer(const ModelConfig& config) const {
    return stage_ends.back() + 1 < config.layers;
  }
};

/// How many candidates survive the end of a stage.
enum class Shrink {
  kBudget,      // rule R1: the stage's budget - prune_step
  kCandidates,  // rule R5: the candidates so far - prune_step
};

/// The budgets layer by layer, for a prompt of N tokens. Counts are as resolved: the caller caps
/// them at the living tokens.
class StageSchedule {
 public:
  StageSchedule() = default;
  StageSchedule(StageParameters parameters, Shrink shrink)
      : parameters_(std::move(parameters)), shrink_(shrink) {}

  /// M: how many tokens the layer updates; N in the full layers.
  int64_t budget(int64_t layer, int64_t prompt_length) const;

  /// How many of `live` candidates go on when a stage ends with this layer; nothing elsewhere.
  std::optional<int64_t> keep_after(int64_t layer, int64_t prompt_length, int64_t live) const;

 private:
  StageParameters parameters_;
  Shrink shrink_ = Shrink::kBudget;
};

}  // namespace skipbench
