#include "methods/selection/stages.h"

#include <algorithm>

#include "kernels/base/error.h"

namespace skipbench {

void StageParameters::check(std::vector<ParameterProblem>& problems) const {
  if (stage_ends.empty()) {
    problems.push_back({"stage_ends", "got [], expected the last layer of at least one stage"});
  }
  if (budgets.size() != stage_ends.size()) {
    problems.push_back({"budgets", fmt::format("got {} for {} stage_ends, expected one a stage",
                                               budgets.size(), stage_ends.size())});
  }
  for (size_t stage = 0; stage < stage_ends.size(); ++stage) {
    const int64_t first = stage == 0 ? full_layers : stage_ends[stage - 1] + 1;
    if (stage_ends[stage] >= first) continue;
    problems.push_back({fmt::format("stage_ends[{}]", stage),
                        fmt::format("got {}, expected at least {}, the first layer of the stage",
                                    stage_ends[stage], first)});
  }
}

void StageParameters::check_fits(const ModelConfig& config) const {
  for (size_t stage = 0; stage < stage_ends.size(); ++stage) {
    if (stage_ends[stage] < config.layers) continue;
    throw InputError(fmt::format(
        "stage_ends[{}] = {}: {} has {} layers, expected at most {}; a preset made for the model "
        "or a scaled schedule fits",
        stage, stage_ends[stage], config.name, config.layers, config.layers - 1));
  }
}

void StageParameters::select_everything() {
  std::fill(budgets.begin(), budgets.end(), Budget::share(1.0));
  prune_step = Budget::tokens(0);
  final_budget = Budget::share(1.0);
}

void StageParameters::canonicalise(const ModelConfig& config, bool used, bool step_prunes) {
  const bool layers_follow = used && ends_before_last_layer(config);
  if (!layers_follow) final_budget.reset();
  if (layers_follow && !final_budget && prune_step == Budget::tokens(0)) {
    final_budget = budgets.back();
  }
  if (!step_prunes && (!layers_follow || final_budget)) prune_step = Budget::tokens(0);
}

int64_t StageSchedule::budget(int64_t layer, int64_t prompt_length) const {
  const StageParameters& p = parameters_;
  if (layer < p.full_layers) return prompt_length;
  const auto end = std::lower_bound(p.stage_ends.begin(), p.stage_ends.end(), layer);
  if (end != p.stage_ends.end()) {
    return p.budgets[end - p.stage_ends.begin()].resolve(prompt_length);
  }
  if (p.final_budget) return p.final_budget->resolve(prompt_length);
  return p.budgets.back().resolve(prompt_length) - p.prune_step.resolve(prompt_length);
}

std::optional<int64_t> StageSchedule::keep_after(int64_t layer, int64_t prompt_length,
                                                 int64_t live) const {
  const StageParameters& p = parameters_;
  if (!std::binary_search(p.stage_ends.begin(), p.stage_ends.end(), layer)) return std::nullopt;
  const int64_t before = shrink_ == Shrink::kBudget ? budget(layer, prompt_length) : live;
  return before - p.prune_step.resolve(prompt_length);
}

}  // namespace skipbench
