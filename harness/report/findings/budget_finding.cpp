#include "harness/report/findings/budget_finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "harness/report/judge/fields.h"
#include "harness/statistics/statistics.h"

namespace skipbench {
namespace {

double ideal(const JudgedCell& cell) {
  return cell.record.summary.ideal_speedup.value_or(0);
}

std::string ideal_text(const JudgedCell& cell) {
  return field_text(cell, "ideal_speedup");
}

/// Whether the cell is a method's, with accuracies and an ideal speed-up.
bool saves(const JudgedCell& cell) {
  return cell.shows_figures() && cell.state != CellState::kReference &&
         !cell.record.summary.random_weights && ideal(cell) > 0;
}

std::vector<const JudgedCell*> savers_on(const CellGrid& grid, const std::string& task) {
  std::vector<const JudgedCell*> savers;
  for (const std::string& label : grid.labels) {
    const JudgedCell* cell = grid.find(label, task);
    if (cell && saves(*cell)) savers.push_back(cell);
  }
  return savers;
}

/// The methods of one task that save least and most; null without any.
struct Budgets {
  const JudgedCell *least = nullptr, *most = nullptr;

  double ratio() const { return least ? ideal(*most) / ideal(*least) : 0; }
};

Budgets budgets_of(const CellGrid& grid, const std::string& task) {
  Budgets budgets;
  for (const JudgedCell* cell : savers_on(grid, task)) {
    if (!budgets.least || ideal(*cell) < ideal(*budgets.least)) budgets.least = cell;
    if (!budgets.most || ideal(*cell) > ideal(*budgets.most)) budgets.most = cell;
  }
  return budgets;
}

constexpr double kEqual = 1.05;  // beyond this ratio, budgets are not called equal

/// The ideal speed-up that methods stand at: the median over methods and tasks.
double usual_ideal(const CellGrid& grid) {
  std::vector<double> ideals;
  for (const std::string& task : grid.tasks) {
    for (const JudgedCell* cell : savers_on(grid, task)) ideals.push_back(ideal(*cell));
  }
  return quantile(ideals, 0.5).value_or(0);
}

/// How many times more, or less, than usual.
double departure(const JudgedCell& cell, double usual) {
  return std::max(ideal(cell) / usual, usual / ideal(cell));
}

/// By label, in the experiment's order, the cell that departs most from what is usual.
std::vector<const JudgedCell*> departures(const CellGrid& grid, double usual) {
  std::vector<const JudgedCell*> farthest;
  for (const std::string& label : grid.labels) {
    const JudgedCell* most = nullptr;
    for (const std::string& task : grid.tasks) {
      const JudgedCell* cell = grid.find(label, task);
      if (!cell || !saves(*cell)) continue;
      if (!most || departure(*cell, usual) > departure(*most, usual)) most = cell;
    }
    if (most) farthest.push_back(most);
  }
  return farthest;
}

/// "All but UniPrefill stand at about 1.35x on every task; UniPrefill at 1.55x on needle
/// 2048." where most methods stand at one ideal speed-up; empty where they do not.
Sentences few_depart(const CellGrid& grid) {
  const double usual = usual_ideal(grid);
  const auto all = departures(grid, usual);
  std::vector<const JudgedCell*> departing;
  std::copy_if(all.begin(), all.end(), std::back_inserter(departing),
               [usual](const JudgedCell* cell) { return departure(*cell, usual) > kEqual; });
  if (departing.empty() || departing.size() > all.size() / 4) return {};
  std::vector<std::string> labels;
  for (const JudgedCell* cell : departing) labels.push_back(cell->record.plan.label);
  Sentences words{{"All but "}};
  append(words, listed(labels));
  words.push_back(
      {fmt::format(" stand at an ideal speed-up of about {} on every task (within "
                   "{:.0f}%)",
                   format_value(FieldValue(usual), Unit::kRatio), 100 * (kEqual - 1))});
  for (const JudgedCell* cell : departing) {
    words.push_back({"; "});
    words.push_back(named(cell->record.plan.label));
    words.push_back({fmt::format(" departs farthest on {}, to {}", task_name(cell->record.plan),
                                 ideal_text(*cell))});
  }
  words.push_back({". Read accuracy beside its cost."});
  return words;
}

}  // namespace

Finding budget_finding(const CellGrid& grid) {
  Budgets widest;
  for (const std::string& task : grid.tasks) {
    const Budgets budgets = budgets_of(grid, task);
    if (budgets.ratio() > widest.ratio()) widest = budgets;
  }
  if (widest.ratio() <= kEqual) return {};
  constexpr const char* kAbout = "Budgets of the methods";
  if (Sentences words = few_depart(grid); !words.empty()) return {kAbout, std::move(words)};
  const JudgedCell &least = *widest.least, &most = *widest.most;
  return {kAbout,
          {{fmt::format("They are not equal. On {} the ideal speed-up runs from {} (",
                        task_name(least.record.plan), ideal_text(least))},
           named(least.record.plan.label),
           {fmt::format(") to {} (", ideal_text(most))},
           named(most.record.plan.label),
           {"). A method may be more accurate for skipping less: read accuracy beside its cost."}}};
}

}  // namespace skipbench
