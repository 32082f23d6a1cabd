#include "harness/run/describe_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/run/device.h"
#include "harness/run/peaks.h"
#include "harness/run/progress.h"

namespace skipbench {
namespace {

// Share of a large product's rate that a whole prefill reaches; measured on 2 CPU cores at 1K
// tokens, and near it on an H200.
constexpr double kPrefillEfficiency = 0.8;

std::string describe_tasks(const Plan& plan, const PlannedModel& model) {
  std::string text = fmt::format("  {:<28} {:>8} {:>7} {:>14} {:>11}\n", "task", "samples",
                                 "rounds", "prompt tokens", "new tokens");
  for (size_t task = 0; task < plan.tasks.size(); ++task) {
    const PlannedTask& planned = plan.tasks[task];
    for (size_t subset = 0; subset < planned.subsets.size(); ++subset) {
      const SubsetFacts& facts = model.facts[task][subset];
      text += fmt::format("  {:<28} {:>8} {:>7} {:>14} {:>11}\n",
                          planned.spec.task + " " + planned.subsets[subset].name,
                          planned.subsets[subset].samples, planned.rounds, facts.prompt_tokens,
                          facts.new_tokens);
    }
  }
  return text;
}

std::string describe_methods(const Plan& plan, const PlannedModel& model) {
  size_t width = 5;
  for (const PlannedMethod& each : model.methods) width = std::max(width, each.cell.label.size());
  std::string text = fmt::format("  {:<{}}  method\n", "label", width);
  for (const PlannedMethod& each : model.methods) {
    text += fmt::format("  {:<{}}  {}{}{}\n", each.cell.label, width, each.cell.method,
                        each.cell.label == plan.experiment.baseline ? ", the baseline" : "",
                        each.artefact_hash.empty() ? "" : ", calibrated");
  }
  return text;
}

double model_seconds(const Plan& plan, const PlannedModel& model) {
  return plan.work(model) / (kPrefillEfficiency * matrix_rate(model.device, model.dtype));
}

}  // namespace

std::string describe_equal_labels(const Plan& plan) {
  std::string text;
  for (const PlannedModel& model : plan.models) {
    std::map<std::string, std::string> first_label;  // of each computation
    for (const PlannedMethod& each : model.methods) {
      const auto [found, is_new] =
          first_label.try_emplace(each.cell.method + each.cell.params.dump(), each.cell.label);
      if (is_new) continue;
      text += fmt::format("'{}' computes on {} what '{}' does: all parameters are equal\n",
                          each.cell.label, model.name, found->second);
    }
  }
  return text;
}

std::string describe_plan(const Plan& plan) {
  std::string text = fmt::format("experiment {}: {} rows, seed {}\n", plan.experiment.name,
                                 plan.rows(), plan.experiment.seed);
  double seconds = 0;
  for (const PlannedModel& model : plan.models) {
    text += fmt::format("\nmodel {}: {} on {}{}\n", model.name, dtype_name(model.dtype),
                        model.device_name,
                        model.info.random_weights ? ", random weights: speed only" : "");
    text += describe_tasks(plan, model) + "\n" + describe_methods(plan, model);
    seconds += model_seconds(plan, model);
  }
  return text + fmt::format(
                    "\nabout {} at the rate measured now if every method did full "
                    "attention's work; skipping shortens it\n",
                    Progress::duration(seconds));
}

}  // namespace skipbench
