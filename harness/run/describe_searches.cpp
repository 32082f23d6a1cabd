#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/base/duration.h"
#include "harness/plan/calibration_estimate.h"
#include "harness/plan/describe_plan.h"
#include "harness/run/run_experiment.h"

namespace skipbench {
namespace {

struct Cost {
  int64_t rows = 0;
  double flops = 0;
  void add(const Cost& other, double times = 1) {
    rows += std::llround(times * static_cast<double>(other.rows));
    flops += times * other.flops;
  }
};

// Rows of `methods` labels, each under full attention's work; `samples` of each subset, 0: all.
Cost cost_of(const Plan& plan, const PlannedModel& model, int64_t samples, int64_t methods) {
  Cost cost;
  for (size_t task = 0; task < plan.tasks.size(); ++task) {
    const PlannedTask& planned = plan.tasks[task];
    for (size_t subset = 0; subset < planned.subsets.size(); ++subset) {
      const int64_t all = planned.subsets[subset].samples;
      const int64_t rows = methods * planned.rounds * (samples > 0 ? std::min(all, samples) : all);
      cost.rows += rows;
      cost.flops += static_cast<double>(rows) * plan.row_work(model, task, subset);
    }
  }
  return cost;
}

// Before a setting is measured it is warmed up once a length, and so is the baseline before the
// first; those rows are not stored.
double warm_up_flops(const Plan& plan, const PlannedModel& model) {
  double flops = 0;
  for (size_t task = 0; task < plan.tasks.size(); ++task) {
    for (size_t subset = 0; subset < plan.tasks[task].subsets.size(); ++subset) {
      flops += plan.row_work(model, task, subset);
    }
  }
  return flops * static_cast<double>(plan.experiment.timing.warmup);
}

struct SearchEstimate {
  int64_t settings = 0;  // at most
  Cost rows;
  double seconds = 0;  // without loading weights
};

SearchEstimate estimate(const Plan& plan, const PlannedSearch& search) {
  const PlannedModel& model = plan.models[search.model];
  const int64_t settings = most_steps(search.spec.goal, search.range);
  SearchEstimate most{settings, {}, 0};
  const Cost one = cost_of(plan, model, search.spec.samples, 2);
  most.rows.add(one, static_cast<double>(settings));
  if (search.spec.samples > 0) {  // the chosen setting on all samples
    most.rows.add(cost_of(plan, model, 0, 2));
    most.rows.add(one, -1);
  }
  most.seconds = model_seconds(
      model, most.rows.flops + warm_up_flops(plan, model) * static_cast<double>(settings));
  return most;
}

std::string describe_search(const Plan& plan, const PlannedSearch& search,
                            const SearchEstimate& most) {
  const PlannedModel& model = plan.models[search.model];
  const Goal& goal = search.spec.goal;
  const std::string least = goal.kind == Goal::Kind::kAtMost ? ", least " + goal.least_text() : "";
  std::string text = fmt::format(
      "\nsearch '{}' on {}: {} over {} x {:.4g} to {:.4g}{}\n"
      "  at most {} settings of {} rows each, half of them the baseline's; at most {} rows, about "
      "{}\n",
      search.spec.method.label, model.name, goal.text(), search.parameter.name(), search.range.low,
      search.range.high, least, most.settings, cost_of(plan, model, search.spec.samples, 2).rows,
      most.rows.rows, duration_text(most.seconds));
  if (!search.range_note.empty())
    text += fmt::format("  the range was narrowed: {}\n", search.range_note);
  return text;
}

// Of one setting: what is learned seldom depends on it.
std::string describe_calibration(const Plan& plan, const PlannedSearch& search,
                                 CalibrationEstimate& calibration) {
  PlannedModel model = plan.models[search.model];
  const double factor = search.range.high;
  const PlannedMethod setting =
      plan_method(plan.experiment, model, search.cell_at(factor), search.order_at(factor));
  return calibration.add(model, setting);
}

}  // namespace

std::string describe_searches(const Plan& plan) {
  if (plan.searches.empty()) return "";
  std::string text;
  SearchEstimate all;
  CalibrationEstimate calibration = calibration_of_labels(plan);
  for (const PlannedSearch& search : plan.searches) {
    const SearchEstimate most = estimate(plan, search);
    text += describe_search(plan, search, most);
    const std::string calibrated = describe_calibration(plan, search, calibration);
    if (!calibrated.empty()) text += "  " + calibrated + "\n";
    all.settings += most.settings;
    all.rows.add(most.rows);
    all.seconds += most.seconds;
  }
  double ordinary = calibration.seconds();
  for (const PlannedModel& model : plan.models) {
    ordinary += model_seconds(model, plan.work(model));
  }
  return text + fmt::format(
                    "\nin all at most {} rows of {} settings and the labels above, about {} with "
                    "warm-ups and calibrations, plus loading each model's weights once\n",
                    plan.rows() + all.rows.rows, all.settings,
                    duration_text(ordinary + all.seconds));
}

}  // namespace skipbench
