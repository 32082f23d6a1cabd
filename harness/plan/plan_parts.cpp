#include "harness/plan/plan_parts.h"

#include <algorithm>
#include <map>
#include <utility>

namespace skipbench {

Plan part_of(const Plan& plan, const PlannedModel& model, std::vector<PlannedMethod> methods,
             int64_t samples) {
  Plan part = plan;
  part.whole = false;
  part.models = {model};
  part.models.front().methods = std::move(methods);
  part.models.front().baseline = 0;
  for (PlannedTask& task : part.tasks) {
    for (Subset& subset : task.subsets) {
      if (samples > 0) subset.samples = std::min(subset.samples, samples);
    }
  }
  return part;
}

Plan without_samples(Plan plan) {
  for (PlannedTask& task : plan.tasks) {
    for (Subset& subset : task.subsets) subset.samples = 0;
  }
  return plan;
}

std::vector<Plan> parts_by_block(const Plan& plan) {
  std::vector<Plan> parts{plan};
  for (size_t i = 0; i < plan.models.size(); ++i) {
    const PlannedModel& model = plan.models[i];
    std::map<int64_t, std::vector<PlannedMethod>> blocks;
    for (const PlannedMethod& method : model.methods) blocks[method.block].push_back(method);
    const PlannedMethod& baseline = model.methods[model.baseline];
    for (auto& [block, methods] : blocks) {
      if (block == baseline.block) continue;
      methods.insert(methods.begin(), baseline);
      methods.front().block = block;
      parts.push_back(part_of(plan, model, std::move(methods)));
    }
    PlannedModel& first = parts.front().models[i];
    std::erase_if(first.methods,
                  [&](const PlannedMethod& method) { return method.block != baseline.block; });
    first.baseline = static_cast<size_t>(
        std::find_if(first.methods.begin(), first.methods.end(),
                     [&](const PlannedMethod& method) { return method.order == baseline.order; }) -
        first.methods.begin());
  }
  if (parts.size() > 1) parts.front().cells_of_all = planned_cells(plan);
  return parts;
}

}  // namespace skipbench
