#include "harness/report/claims/measured_condition.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/base/add_once.h"
#include "harness/report/compare/compare_cells.h"
#include "harness/report/compare/comparison.h"

namespace skipbench {
namespace {

using Tasks = std::vector<LabelPair::Task>;

/// Why a cell has no part in the figure; empty where it has.
std::string withheld(const JudgedCell* cell, const ClaimFigureFacts& figure) {
  if (!cell) return "missing";
  if (!cell->shows_accuracy()) return std::string(cell_state_name(cell->state));
  const CellSummary& s = cell->record.summary;
  if (figure.is_accuracy() && s.random_weights) return "random-weights";
  if (!figure.is_time()) return "";
  if (cell->state == CellState::kInactive) return "inactive";  // compare_two() times no such cell
  if (is_marked_too_fast(*cell)) return "too-fast";
  if (is_host_bound(*cell)) return "host-bound";
  const bool slow = !s.slow_prefill.empty() ||
                    (figure.figure == ClaimFigure::kSpeedupEndToEnd && !s.slow_decode.empty());
  return slow ? "slow-path" : "";
}

size_t count_inactive(const Tasks& tasks, const JudgedCell* LabelPair::Task::*side) {
  return static_cast<size_t>(std::count_if(tasks.begin(), tasks.end(), [side](const auto& task) {
    return (task.*side)->state == CellState::kInactive;
  }));
}

/// The tasks of which both sides have a part in the figure.
Tasks usable_tasks(const LabelPair& pair, const ClaimFigureFacts& figure,
                   std::vector<std::string>& reasons) {
  Tasks usable;
  for (const LabelPair::Task& task : pair.tasks) {
    std::string reason = withheld(task.label, figure);
    if (reason.empty()) reason = withheld(task.against, figure);
    if (reason.empty()) usable.push_back(task);
    if (!reason.empty()) add_once(reasons, reason);
  }
  for (const auto side : {&LabelPair::Task::label, &LabelPair::Task::against}) {
    if (usable.empty() || count_inactive(usable, side) < usable.size()) continue;
    add_once(reasons, "inactive");
    usable.clear();
  }
  return usable;
}

/// The pair's model with these cells and their baselines alone.
ModelCells only(const LabelPair& pair, const Tasks& tasks) {
  ModelCells chosen{pair.model.experiment, pair.model.model, {}, {}};
  for (const auto& [label, against] : tasks) {
    for (const JudgedCell& cell : pair.model.cells) {
      const bool is_theirs = &cell == label || &cell == against || cell.record.plan.is_baseline;
      const bool same_task = task_name(cell.record.plan) == task_name(label->record.plan);
      if (is_theirs && same_task) chosen.cells.push_back(cell);
    }
  }
  return chosen;
}

void set_difference(const Comparison& comparison, const ClaimFigureFacts& facts,
                    MeasuredCondition& result) {
  const bool is_score = facts.source == ClaimFigureFacts::Source::kScore;
  const ComparedFigure* found = nullptr;
  for (const ComparedFigure& figure : comparison.over_tasks) {
    if (figure.name == (is_score ? "score" : "loss")) found = &figure;
  }
  // A figure of one task alone has no mean over tasks; its main metric stands first.
  for (const ComparedTask& task : comparison.tasks) {
    for (const ComparedFigure& figure : task.figures) {
      const bool wanted = is_score ? figure.unit == Unit::kPoints : figure.name == "loss";
      if (!found && wanted) found = &figure;
    }
  }
  if (!found) return;
  const PairedDifference& difference = found->difference;
  if (difference.mean) result.value = facts.sign * *difference.mean;
  if (difference.interval) {
    const auto [low, high] = *difference.interval;
    result.interval = facts.sign > 0 ? Interval{low, high} : Interval{-high, -low};
  }
  result.n = difference.prompts;
  result.tasks = static_cast<size_t>(difference.tasks);
}

void set_time(const Comparison& comparison, ComparedTime ComparedTask::*time,
              MeasuredCondition& result) {
  std::vector<MeanRatio> ratios;
  for (const ComparedTask& task : comparison.tasks) {
    if (!(task.*time).mean.mean) continue;
    ratios.push_back((task.*time).mean);
    result.n += (task.*time).pairs;
  }
  const MeanRatio mean = mean_ratio_over_tasks(ratios);
  result.value = mean.mean;
  result.interval = mean.interval;
  result.tasks = ratios.size();
}

void set_kv_ratio(const Tasks& tasks, MeasuredCondition& result) {
  std::vector<double> ratios;
  for (const auto& [label, against] : tasks) {
    const auto ours = label->record.summary.kv_ratio, theirs = against->record.summary.kv_ratio;
    if (!ours || !theirs || *theirs <= 0) continue;
    ratios.push_back(*ours / *theirs);
    result.n += label->record.summary.n;
  }
  result.value = mean(ratios);
  if (result.value) result.interval = Interval{*result.value, *result.value};
  result.tasks = ratios.size();
}

void set_figure(const LabelPair& pair, const Tasks& tasks, std::vector<std::string>& notes,
                MeasuredCondition& result) {
  const ClaimFigureFacts& facts = facts_of(result.condition.figure);
  if (facts.figure == ClaimFigure::kKvRatio) return set_kv_ratio(tasks, result);
  CellRows rows;  // keeps them by the cells' addresses: those of `chosen`
  const ModelCells chosen = only(pair, tasks);
  const auto comparison = compare_two(pair.reader, chosen, pair.against, pair.label, rows);
  if (!comparison) return;
  for (const std::string& note : comparison->notes) add_once(notes, note);
  if (facts.is_accuracy()) return set_difference(*comparison, facts, result);
  const bool to_first = facts.figure == ClaimFigure::kSpeedupTtft;
  set_time(*comparison, to_first ? &ComparedTask::ttft : &ComparedTask::end_to_end, result);
}

}  // namespace

MeasuredCondition measure_condition(const Condition& condition, const LabelPair& pair,
                                    std::vector<std::string>& notes) {
  MeasuredCondition result{.condition = condition, .of_tasks = pair.tasks.size()};
  std::vector<std::string> reasons;
  const Tasks tasks = usable_tasks(pair, facts_of(condition.figure), reasons);
  if (!tasks.empty()) set_figure(pair, tasks, notes, result);
  if (!result.value && reasons.empty()) reasons.emplace_back("no such figure");
  if (result.value && !result.interval) {
    reasons.emplace_back("no interval of so few values, or of equal ones");
  }
  result.reason = fmt::format("{}", fmt::join(reasons, ", "));
  if (!result.value) return result;
  result.inactive_tasks = count_inactive(tasks, &LabelPair::Task::label);
  result.verdict = judge(condition, result.interval);
  return result;
}

}  // namespace skipbench
