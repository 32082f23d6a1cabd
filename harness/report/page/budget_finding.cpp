#include "harness/report/page/budget_finding.h"

#include <fmt/format.h>

#include "harness/report/fields.h"

namespace skipbench {
namespace {

double promised(const JudgedCell& cell) {
  return cell.record.summary.ideal_speedup.value_or(0);
}

std::string promise_text(const JudgedCell& cell) {
  return field_text(cell, "ideal_speedup");
}

/// The methods of one task that save least and most; null without any.
struct Budgets {
  const JudgedCell *least = nullptr, *most = nullptr;

  double ratio() const { return least ? promised(*most) / promised(*least) : 0; }
};

Budgets budgets_of(const CellGrid& grid, const std::string& task) {
  Budgets budgets;
  for (const std::string& label : grid.labels) {
    const JudgedCell* cell = grid.find(label, task);
    if (!cell || !cell->shows_figures() || cell->state == CellState::kReference) continue;
    if (cell->record.summary.random_weights || promised(*cell) <= 0) continue;
    if (!budgets.least || promised(*cell) < promised(*budgets.least)) budgets.least = cell;
    if (!budgets.most || promised(*cell) > promised(*budgets.most)) budgets.most = cell;
  }
  return budgets;
}

}  // namespace

Finding budget_finding(const CellGrid& grid) {
  constexpr double kEqual = 1.05;  // beyond this ratio, budgets are not called equal
  Budgets widest;
  for (const std::string& task : grid.tasks) {
    const Budgets budgets = budgets_of(grid, task);
    if (budgets.ratio() > widest.ratio()) widest = budgets;
  }
  if (widest.ratio() <= kEqual) return {};
  const JudgedCell &least = *widest.least, &most = *widest.most;
  return {"Budgets of the methods",
          {{fmt::format("They are not equal. On {} the saved FLOPs promise from {} (",
                        task_name(least.record.plan), promise_text(least))},
           {least.record.plan.label, Emphasis::kName},
           {fmt::format(") to {} (", promise_text(most))},
           {most.record.plan.label, Emphasis::kName},
           {"). A method may be more accurate for skipping less: read accuracy beside its cost."}}};
}

}  // namespace skipbench
