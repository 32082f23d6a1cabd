#include "methods/spts.h"

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

StageParameters SptsParameters::ffn_stages() const {
  StageParameters ffn = stages;
  if (!ffn_budgets) return ffn;
  const auto first = ffn_budgets->begin(), last = first + std::ssize(stages.stage_ends);
  ffn.budgets.assign(first, last);
  ffn.final_budget = last == ffn_budgets->end() ? std::nullopt : std::optional(*last);
  return ffn;
}

}  // namespace skipbench
