#include "harness/report/judge/match_cells.h"

#include <fnmatch.h>

#include <algorithm>

namespace skipbench {

bool fits_glob(const std::string& glob, const std::string& text) {
  return fnmatch(glob.c_str(), text.c_str(), FNM_CASEFOLD) == 0;
}

bool is_among_tasks(std::span<const std::string> globs, const PlannedCell& plan) {
  return globs.empty() || std::any_of(globs.begin(), globs.end(), [&plan](const auto& glob) {
           return fits_glob(glob, plan.task) || fits_glob(glob, task_name(plan)) ||
                  fits_glob(glob, plan.subset);
         });
}

std::vector<PlannedCell> plans_of(const ModelCells& model) {
  std::vector<PlannedCell> plans;
  for (const JudgedCell& cell : model.cells) plans.push_back(cell.record.plan);
  std::stable_sort(plans.begin(), plans.end(),
                   [](const PlannedCell& a, const PlannedCell& b) { return a.order < b.order; });
  return plans;
}

}  // namespace skipbench
