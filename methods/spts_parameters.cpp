#include "methods/spts_parameters.h"

#include "methods/selection/ffn_criterion.h"

namespace skipbench {

void SptsParameters::check(std::vector<ParameterProblem>& problems) const {
  stages.check(problems);
  proxy.check(problems);
  if (!ffn_budgets) return;
  const size_t count = stages.stage_ends.size();
  if (ffn_budgets->size() == count || ffn_budgets->size() == count + 1) return;
  problems.push_back(
      {"ffn_budgets",
       fmt::format("got {}, expected {} (one a stage) or {} (one more for the layers "
                   "after the last stage)",
                   ffn_budgets->size(), count, count + 1)});
}

void SptsParameters::select_everything() {
  stages.select_everything();
  ffn_budgets.reset();
}

void SptsParameters::canonicalise(const ModelConfig& config) {
  const SptsParameters defaults;
  const FfnCriterion criterion = ffn_criterion_from_name(ffn_criterion);
  proxy.canonicalise(config, ltp && needs_proxies(criterion));
  if (!pap && !msdp && !(ltp && needs_attention_scores(criterion))) {
    probe_queries = defaults.probe_queries;
    probe_layer = defaults.probe_layer;
  }
  if (!pap) visible = defaults.visible;
  if (!msdp) {
    shrink = defaults.shrink;
    delayed = defaults.delayed;
  }
  if (!ltp) {
    ffn_criterion = defaults.ffn_criterion;
    ffn_budgets.reset();
  }
  canonicalise_stages(config);
}

void SptsParameters::canonicalise_stages(const ModelConfig& config) {
  if (!pap && !ltp && !msdp) {  // nothing skips
    stages = {};
    forced = {};
    return;
  }
  const bool attention_uses_budgets = pap || msdp;
  if (ffn_budgets && !attention_uses_budgets) {  // the FFN's are the only ones
    stages = ffn_stages();
    ffn_budgets.reset();
  }
  const StageParameters ffn = ffn_stages();
  if (ffn.budgets == stages.budgets && ffn.final_budget == stages.final_budget) ffn_budgets.reset();
  const bool ffn_steps = ffn_budgets && !ffn.final_budget && stages.ends_before_last_layer(config);
  stages.canonicalise(config, pap || (ltp && !ffn_budgets), msdp || ffn_steps);
}

StageParameters SptsParameters::ffn_stages() const {
  StageParameters ffn = stages;
  if (!ffn_budgets) return ffn;
  const auto first = ffn_budgets->begin(), last = first + std::ssize(stages.stage_ends);
  ffn.budgets.assign(first, last);
  ffn.final_budget = last == ffn_budgets->end() ? std::nullopt : std::optional(*last);
  return ffn;
}

}  // namespace skipbench
