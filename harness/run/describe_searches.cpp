#include <fmt/format.h>

#include <algorithm>

#include "harness/run/describe_plan.h"
#include "harness/run/progress.h"
#include "harness/run/run_experiment.h"

namespace skipbench {
namespace {

struct Cost {
  int64_t rows = 0;
  double flops = 0;
};

// Of one setting with the baseline beside it.
Cost cost_of_setting(const Plan& plan, const PlannedModel& model, int64_t samples) {
  Cost cost;
  for (size_t task = 0; task < plan.tasks.size(); ++task) {
    const PlannedTask& planned = plan.tasks[task];
    for (size_t subset = 0; subset < planned.subsets.size(); ++subset) {
      const int64_t all = planned.subsets[subset].samples;
      const int64_t rows = 2 * planned.rounds * (samples > 0 ? std::min(all, samples) : all);
      cost.rows += rows;
      cost.flops += static_cast<double>(rows) * plan.row_work(model, task, subset);
    }
  }
  return cost;
}

std::string describe_search(const Plan& plan, const PlannedSearch& search) {
  const PlannedModel& model = plan.models[search.model];
  const Cost one = cost_of_setting(plan, model, search.spec.samples);
  const int64_t steps = most_steps(search.spec.goal, search.range);
  Cost all{one.rows * steps, one.flops * static_cast<double>(steps)};
  if (search.spec.samples > 0) {  // the chosen setting on all samples
    const Cost chosen = cost_of_setting(plan, model, 0);
    all.rows += chosen.rows - one.rows;
    all.flops += chosen.flops - one.flops;
  }
  std::string text = fmt::format(
      "\nsearch '{}' on {}: {} over {} x {:.4g} to {:.4g}\n"
      "  at most {} settings of {} rows, the baseline beside each; at most {} rows, about {}\n",
      search.spec.method.label, model.name, search.spec.goal.text(), search.parameter.name(),
      search.range.low, search.range.high, steps, one.rows, all.rows,
      Progress::duration(model_seconds(model, all.flops)));
  if (!search.range_note.empty())
    text += fmt::format("  the range ends where {}\n", search.range_note);
  return text;
}

}  // namespace

std::string describe_searches(const Plan& plan) {
  std::string text;
  for (const PlannedSearch& search : plan.searches) text += describe_search(plan, search);
  return text;
}

}  // namespace skipbench
