#include "harness/report/claims/measured_claim.h"

#include <algorithm>

#include "harness/report/judge/match_cells.h"
#include "harness/report/paper/choose_labels.h"
#include "harness/report/tables/cell_grid.h"

namespace skipbench {
namespace {

MeasuredClaim measure_pair(const ClaimSpec& claim, const LabelPair& pair) {
  MeasuredClaim result{&pair.reader, pair.model.experiment, pair.model.model, pair.label,
                       pair.against};
  std::vector<ClaimVerdict> verdicts;
  for (const Condition& condition : claim.holds) {
    result.conditions.push_back(measure_condition(condition, pair, result.notes));
    verdicts.push_back(result.conditions.back().verdict);
  }
  result.verdict = judge_together(verdicts);
  for (const LabelPair::Task& task : pair.tasks) {
    for (const JudgedCell* cell : {task.label, task.against}) {
      if (cell) result.cells.push_back(cell);
    }
  }
  return result;
}

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
    const CellGrid grid = make_grid(model, [&](const JudgedCell& cell) {
      return cell.record.plan.label == label && is_among_tasks(claim.tasks, cell.record.plan);
    });
    for (const std::string& against : others) {
      if (label == against || grid.tasks.empty()) continue;
      LabelPair pair{reader, model, label, against};
      for (const std::string& task : grid.tasks) {
        pair.tasks.push_back({grid.find(label, task), grid.find(against, task)});
      }
      found.push_back(measure_pair(claim, pair));
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
    nothing.conditions.push_back(
        {.condition = condition, .reason = "no cells of its labels, models and tasks"});
  }
  return {nothing};
}

}  // namespace skipbench
