#include "harness/report/claims/measured_claim.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/base/add_once.h"
#include "harness/report/cell_grid.h"
#include "harness/report/choose_labels.h"
#include "harness/report/compare_cells.h"
#include "harness/report/comparison.h"
#include "harness/report/match_cells.h"

namespace skipbench {
namespace {

/// Both sides on one task; either may be null.
struct TaskCells {
  const JudgedCell* label;
  const JudgedCell* against;
};

/// Why a cell has no part in the figure; empty where it has.
std::string withheld(const JudgedCell* cell, const ClaimFigureFacts& figure) {
  if (!cell) return "missing";
  if (!cell->shows_accuracy()) return std::string(cell_state_name(cell->state));
  const CellSummary& s = cell->record.summary;
  if (figure.is_accuracy() && s.random_weights) return "random-weights";
  if (!figure.is_time()) return "";
  if (is_marked_too_fast(*cell)) return "too-fast";
  const bool slow = !s.slow_prefill.empty() ||
                    (figure.figure == ClaimFigure::kSpeedupEndToEnd && !s.slow_decode.empty());
  return slow ? "slow-path" : "";
}

bool is_inactive(const JudgedCell* cell) {
  return cell->state == CellState::kInactive;
}

bool all_inactive(const std::vector<TaskCells>& tasks, const JudgedCell* TaskCells::*side) {
  return std::all_of(tasks.begin(), tasks.end(),
                     [side](const TaskCells& task) { return is_inactive(task.*side); });
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
    const double low = facts.sign * difference.interval->low;
    const double high = facts.sign * difference.interval->high;
    result.interval = Interval{std::min(low, high), std::max(low, high)};
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

void set_kv_ratio(const std::vector<TaskCells>& tasks, MeasuredCondition& result) {
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

/// The claim's pair of labels on one model.
class PairMeasurer {
 public:
  PairMeasurer(const StoreReader& reader, const ModelCells& model, const ClaimSpec& claim,
               std::string label, std::string against)
      : reader_(reader), model_(model), label_(std::move(label)), against_(std::move(against)) {
    const CellGrid grid = make_grid(model, [&](const JudgedCell& cell) {
      return cell.record.plan.label == label_ && is_among_tasks(claim.tasks, cell.record.plan);
    });
    for (const std::string& task : grid.tasks) {
      tasks_.push_back({grid.find(label_, task), grid.find(against_, task)});
    }
  }

  bool has_tasks() const { return !tasks_.empty(); }

  MeasuredClaim measure(std::span<const Condition> conditions) const {
    MeasuredClaim result{&reader_, model_.experiment,     model_.model, label_, against_,
                         {},       Verdict::kNotMeasured, {},           {}};
    std::vector<Verdict> verdicts;
    for (const Condition& condition : conditions) {
      result.conditions.push_back(measure(condition, result.notes));
      verdicts.push_back(result.conditions.back().verdict);
    }
    result.verdict = judge_together(verdicts);
    for (const TaskCells& task : tasks_) {
      for (const JudgedCell* cell : {task.label, task.against}) {
        if (cell) result.cells.push_back(cell);
      }
    }
    return result;
  }

 private:
  MeasuredCondition measure(const Condition& condition, std::vector<std::string>& notes) const {
    const ClaimFigureFacts& facts = facts_of(condition.figure);
    MeasuredCondition result{.condition = condition, .of_tasks = tasks_.size()};
    std::vector<std::string> reasons;
    std::vector<TaskCells> usable;
    for (const TaskCells& task : tasks_) {
      std::string reason = withheld(task.label, facts);
      if (reason.empty()) reason = withheld(task.against, facts);
      if (reason.empty()) usable.push_back(task);
      if (!reason.empty()) add_once(reasons, reason);
    }
    if (!usable.empty() &&
        (all_inactive(usable, &TaskCells::label) || all_inactive(usable, &TaskCells::against))) {
      usable.clear();
      add_once(reasons, "inactive");
    }
    fill(usable, facts, notes, result);
    if (!result.value && reasons.empty()) reasons.emplace_back("no such figure");
    if (result.value && !result.interval) {
      reasons.emplace_back("no interval of so few values, or of equal ones");
    }
    result.reason = fmt::format("{}", fmt::join(reasons, ", "));
    if (!result.value) return result;
    result.inactive_tasks =
        static_cast<size_t>(std::count_if(usable.begin(), usable.end(), [](const TaskCells& task) {
          return is_inactive(task.label);
        }));
    result.verdict = judge(condition, result.interval);
    return result;
  }

  void fill(const std::vector<TaskCells>& usable, const ClaimFigureFacts& facts,
            std::vector<std::string>& notes, MeasuredCondition& result) const {
    if (usable.empty()) return;
    if (facts.figure == ClaimFigure::kKvRatio) return set_kv_ratio(usable, result);
    CellRows rows;
    const auto comparison = compare_two(reader_, only(usable), against_, label_, rows);
    if (!comparison) return;
    for (const std::string& note : comparison->notes) add_once(notes, note);
    if (facts.is_accuracy()) return set_difference(*comparison, facts, result);
    const bool to_first = facts.figure == ClaimFigure::kSpeedupTtft;
    set_time(*comparison, to_first ? &ComparedTask::ttft : &ComparedTask::end_to_end, result);
  }

  /// The model with these cells and their baselines alone.
  ModelCells only(const std::vector<TaskCells>& usable) const {
    ModelCells chosen{model_.experiment, model_.model, {}, {}};
    for (const auto& [label, against] : usable) {
      for (const JudgedCell& cell : model_.cells) {
        const bool is_theirs = &cell == label || &cell == against || cell.record.plan.is_baseline;
        const bool same_task = task_name(cell.record.plan) == task_name(label->record.plan);
        if (is_theirs && same_task) chosen.cells.push_back(cell);
      }
    }
    return chosen;
  }

  const StoreReader& reader_;
  const ModelCells& model_;
  std::string label_, against_;
  std::vector<TaskCells> tasks_;
};

/// What the first of the words that means something here means.
std::vector<std::string> first_labels(const std::vector<PlannedCell>& plans,
                                      const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    std::vector<std::string> labels = find_labels(plans, word);
    if (!labels.empty()) return labels;
  }
  return {};
}

std::vector<std::string> baseline_labels(const std::vector<PlannedCell>& plans) {
  for (const PlannedCell& plan : plans) {
    if (plan.is_baseline) return {plan.label};
  }
  return {};
}

void add_model(const ClaimSpec& claim, const StoreReader& reader, const ModelCells& model,
               std::vector<MeasuredClaim>& found) {
  const std::vector<PlannedCell> plans = plans_of(model);
  const auto others =
      claim.against.empty() ? baseline_labels(plans) : first_labels(plans, claim.against);
  for (const std::string& label : first_labels(plans, claim.labels)) {
    for (const std::string& against : others) {
      if (label == against) continue;
      const PairMeasurer measurer(reader, model, claim, label, against);
      if (measurer.has_tasks()) found.push_back(measurer.measure(claim.holds));
    }
  }
}

}  // namespace

std::vector<MeasuredClaim> measure_claim(const ClaimSpec& claim,
                                         std::span<const ClaimSource> sources) {
  std::vector<MeasuredClaim> found;
  for (const ClaimSource& source : sources) {
    for (const ExperimentData& experiment : source.experiments) {
      for (const ModelCells& model : experiment.models) {
        const bool wanted = claim.models.empty() ||
                            std::any_of(claim.models.begin(), claim.models.end(),
                                        [&](auto& glob) { return fits_glob(glob, model.model); });
        if (wanted) add_model(claim, source.reader, model, found);
      }
    }
  }
  if (!found.empty()) return found;
  MeasuredClaim nothing;
  for (const Condition& condition : claim.holds) {
    nothing.conditions.push_back({.condition = condition, .reason = "no cells of its labels, models and tasks"});
  }
  return {nothing};
}

}  // namespace skipbench
