#include "harness/run/run_experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <variant>

#include "harness/run/standby.h"
#include "harness/search/reading.h"
#include "harness/store/queries.h"
#include "harness/store/round_blocks.h"

namespace skipbench {
namespace {

// The plan's tasks for one model with other methods; `samples` of each subset, 0: all.
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

// The plan's labels and settings without a sample to measure.
Plan without_samples(Plan plan) {
  for (PlannedTask& task : plan.tasks) {
    for (Subset& subset : task.subsets) subset.samples = 0;
  }
  return plan;
}

class ExperimentRun {
 public:
  ExperimentRun(Plan& plan, const RunOptions& options) : plan_(plan), options_(options) {}

  ExperimentOutcome run() {
    keep_settings_comparable();
    outcome_.run = run_plan(plan_, options_, standby_);
    if (plan_.searches.empty()) return outcome_;
    for (const PlannedSearch& search : plan_.searches) {
      if (outcome_.run.signal == 0) run_search(search);
    }
    if (outcome_.run.signal == 0) keep_records();
    count_out_of_memory();
    return outcome_;
  }

 private:
  // Settings that an earlier run tried stay in the tables where this plan is a part, or goes on
  // with the search: then so do the baseline's rows beside them.
  void keep_settings_comparable() {
    if (plan_.whole && plan_.searches.empty()) return;
    for (PlannedModel& model : plan_.models) {
      model.methods[model.baseline].counted_blocks =
          claimed_round_blocks(options_.database, plan_.experiment.name, model.name);
    }
  }

  void run_search(const PlannedSearch& search) {
    SearchRecord record{plan_.models[search.model].name,
                        search.spec.method.label,
                        search.spec.goal,
                        search.parameter.name(),
                        search.range,
                        {},
                        {},
                        {},
                        search.preset_note};
    SearchStep step = next_step(record.goal, record.range, record.probes);
    for (; std::holds_alternative<double>(step);
         step = next_step(record.goal, record.range, record.probes)) {
      const double factor = std::get<double>(step);
      say_step(search, factor, record.probes.size());
      measure(search, factor, search.spec.samples);
      if (outcome_.run.signal != 0) return;
      record.labels.push_back(search.cell_at(factor).label);
      record.probes.push_back(read(search, factor));
    }
    record.conclusion = std::get<Conclusion>(step);
    if (!record.chosen().empty() && search.spec.samples > 0) {
      measure(search, record.probes[*record.conclusion.chosen].factor, 0);
      if (outcome_.run.signal != 0) return;
    }
    plan_.search_records.push_back(search_json(record));
    outcome_.searches.push_back(std::move(record));
  }

  void say_step(const PlannedSearch& search, double factor, size_t done) const {
    fmt::print(options_.messages, "search '{}', setting {} of at most {}: {} x {:.4g}\n",
               search.spec.method.label, done + 1, most_steps(search.spec.goal, search.range),
               search.parameter.name(), factor);
  }

  // The setting beside the baseline, in a block of rounds of their own.
  void measure(const PlannedSearch& search, double factor, int64_t samples) {
    PlannedModel& model = plan_.models[search.model];
    PlannedMethod setting =
        plan_method(plan_.experiment, model, search.cell_at(factor), search.order_at(factor));
    setting.block =
        claim_round_block(options_.database, plan_.experiment.name, model.name, setting.cell.label);
    setting.samples = samples;
    PlannedMethod baseline = model.methods[model.baseline];
    std::set<int64_t>& counted = counted_[search.model];
    counted.insert({baseline.block, setting.block});
    baseline.counted_blocks.assign(counted.begin(), counted.end());
    baseline.block = setting.block;
    add(run_plan(part_of(plan_, model, {baseline, setting}, samples), options_, standby_));
    settings_[search.model][setting.cell.label] = std::move(setting);
  }

  // Whether the plan names the cell does not matter here: another run of the experiment, with other
  // settings, may be planning at this moment.
  Probe read(const PlannedSearch& search, double factor) const {
    const std::string label = search.cell_at(factor).label;
    std::vector<CellSummary> cells;
    for (CellRecord& cell : StoreReader(options_.database).cells(plan_.experiment.name)) {
      const bool ours = cell.plan.label == label &&
                        cell.plan.model == plan_.models[search.model].name && is_planned(cell.plan);
      if (ours) cells.push_back(std::move(cell.summary));
    }
    return read_probe(factor, search.spec.goal.figure, cells);
  }

  // Whether the experiment still has the cell's task.
  bool is_planned(const PlannedCell& cell) const {
    return std::any_of(plan_.tasks.begin(), plan_.tasks.end(), [&](const PlannedTask& task) {
      return task.spec.task == cell.task &&
             std::any_of(task.subsets.begin(), task.subsets.end(),
                         [&](const Subset& subset) { return subset.name == cell.subset; });
    });
  }

  // The plan with all settings that were tried, so that tables know the cells and the records.
  void keep_records() {
    Plan complete = without_samples(plan_);
    for (const auto& [model, settings] : settings_) {
      for (const auto& [label, setting] : settings) {
        complete.models[model].methods.push_back(setting);
      }
    }
    run_plan(complete, options_);
  }

  void add(const RunOutcome& part) {
    RunOutcome& sum = outcome_.run;
    const double harness_ms = sum.harness_ms_per_row * static_cast<double>(sum.measured) +
                              part.harness_ms_per_row * static_cast<double>(part.measured);
    sum.rows += part.rows;
    sum.measured += part.measured;
    sum.reused += part.reused;
    sum.profiles += part.profiles;
    sum.seconds += part.seconds;
    sum.signal = part.signal;
    if (sum.measured > 0) sum.harness_ms_per_row = harness_ms / static_cast<double>(sum.measured);
    for (const std::string& failure : part.failures) {
      const auto known = std::find(sum.failures.begin(), sum.failures.end(), failure);
      if (known == sum.failures.end()) sum.failures.push_back(failure);
    }
  }

  // Each part counts its baseline's again.
  void count_out_of_memory() {
    outcome_.run.out_of_memory = 0;
    for (const CellRecord& cell : StoreReader(options_.database).cells(plan_.experiment.name)) {
      if (cell.in_plan) outcome_.run.out_of_memory += cell.summary.n_oom;
    }
  }

  Plan& plan_;
  const RunOptions& options_;
  ExperimentOutcome outcome_;
  Standby standby_;                              // weights and workers of all settings
  std::map<size_t, std::set<int64_t>> counted_;  // blocks, by model
  std::map<size_t, std::map<std::string, PlannedMethod>> settings_;  // that were tried, by model
};

}  // namespace

ExperimentOutcome run_experiment(Plan& plan, const RunOptions& options) {
  return ExperimentRun(plan, options).run();
}

}  // namespace skipbench
