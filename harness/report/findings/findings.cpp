#include "harness/report/findings/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/report/findings/budget_finding.h"
#include "harness/report/findings/fixed_cost_finding.h"
#include "harness/report/findings/ranking_finding.h"
#include "harness/report/findings/speed_finding.h"
#include "harness/report/tables/cell_grid.h"

namespace skipbench {
namespace {

/// Labels that are best or not distinguishable from the best on every task with samples enough.
Finding everywhere(const CellGrid& grid, const Standing* (*standing_of)(const JudgedCell&),
                   const char* by) {
  std::vector<std::string> ranked;
  for (const std::string& task : grid.tasks) {
    const bool has_best =
        std::any_of(grid.labels.begin(), grid.labels.end(), [&](const std::string& label) {
          const JudgedCell* cell = grid.find(label, task);
          const Standing* standing = cell ? standing_of(*cell) : nullptr;
          return standing != nullptr && standing->place == Place::kBest && !standing->too_few;
        });
    if (has_best) ranked.push_back(task);
  }
  if (ranked.size() < 2) return {};
  std::vector<std::string> holding, alone;  // these are worse taken alone on some task
  for (const std::string& label : grid.labels) {
    bool differs_alone = false;
    const bool holds = std::all_of(ranked.begin(), ranked.end(), [&](const std::string& task) {
      const JudgedCell* cell = grid.find(label, task);
      const Standing* standing = cell ? standing_of(*cell) : nullptr;
      differs_alone = differs_alone || (standing != nullptr && standing->differs_alone());
      return standing != nullptr && standing->place != Place::kNone && !standing->too_few;
    });
    if (holds) holding.push_back(label);
    if (holds && differs_alone) alone.push_back(label);
  }
  Finding finding{fmt::format("Task by task, by {}", by), {}};
  const std::string each =
      ranked.size() == grid.tasks.size()
          ? fmt::format("each of {} tasks", ranked.size())
          : fmt::format("all {} tasks (of {}) that can tell", ranked.size(), grid.tasks.size());
  if (holding.empty()) {
    finding.text = {{fmt::format(
        "No method, not even the baseline, is best or as good as the best on {}.", each)}};
    return finding;
  }
  append_list(finding.text,
              fmt::format("Best, or not distinguishable from the best, on {}: ", each), holding);
  append_list(finding.text, " Worse taken alone (◌) on some of them: ", alone);
  return finding;
}

}  // namespace

std::vector<Finding> findings_of(const ModelCells& model) {
  const CellGrid grid = make_grid(model, [](const JudgedCell& cell) {
    return cell.record.summary.prompt_tokens_mean.has_value();
  });
  std::vector<Finding> findings;
  for (Finding finding : {everywhere(grid, score_standing, "score"),
                          everywhere(grid, loss_standing, "loss of the right answer")}) {
    if (!finding.text.empty()) findings.push_back(std::move(finding));
  }
  std::vector<std::string> order;
  std::map<std::string, std::vector<Cells>> by_task;
  for (const std::string& task : grid.tasks) {
    Cells cells;
    for (const std::string& label : grid.labels) {
      const JudgedCell* cell = grid.find(label, task);
      if (cell && cell->record.summary.prompt_tokens_mean) cells.push_back(cell);
    }
    for (Finding& finding : ranking_findings(task, cells)) findings.push_back(std::move(finding));
    const std::string& name = cells.front()->record.plan.task;
    std::vector<Cells>& subsets = by_task[name];
    if (subsets.empty()) order.push_back(name);
    subsets.push_back(std::move(cells));
  }
  for (const std::string& name : order) {
    for (Finding& finding : speed_findings(by_task[name])) findings.push_back(std::move(finding));
  }
  for (Finding finding : {fixed_cost_finding(grid), budget_finding(grid)}) {
    if (!finding.text.empty()) findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace skipbench
