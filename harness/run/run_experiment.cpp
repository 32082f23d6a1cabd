#include "harness/run/run_experiment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>
#include <variant>

#include "harness/plan/late_labels.h"
#include "harness/plan/plan_parts.h"
#include "harness/run/outcome_sum.h"
#include "harness/run/read_setting.h"
#include "harness/store/queries.h"
#include "harness/store/round_blocks.h"
#include "harness/workers/standby.h"

namespace skipbench {
namespace {

class ExperimentRun {
 public:
  ExperimentRun(Plan& plan, const RunOptions& options) : plan_(plan), options_(options) {}

  ExperimentOutcome run() {
    try {
      place_labels();
      run_parts();
    } catch (const Interrupted& interrupted) {
      outcome_.run.signal = interrupted.signal;
    }
    fmt::print(options_.messages, "{}", late_);
    return outcome_;
  }

 private:
  // Labels that were timed without the baseline move to where it is measured beside them, or are
  // named, now and when all is done.
  void place_labels() {
    { Store store(options_.database); }  // is it ours, whole, and of today's schema?
    take_round_blocks(plan_, options_.database);
    const std::vector<LateLabel> late = find_late(plan_);
    if (options_.retime) {
      retime(plan_, late, options_.database);
    } else {
      tell(describe_late(plan_, late));
    }
    for (size_t model = 0; model < plan_.models.size(); ++model) count_blocks(model);
  }

  std::vector<LateLabel> find_late(const Plan& plan) const {
    return late_labels(plan, options_.database, options_.pending_signal);
  }

  void tell(const std::string& lines) {
    fmt::print(options_.messages, "{}", lines);
    late_ += lines;
  }

  void run_parts() {
    const std::vector<Plan> parts = parts_by_block(plan_);
    outcome_.run = run_plan(parts.front(), options_, standby_);
    for (size_t i = 1; i < parts.size() && outcome_.run.signal == 0; ++i) {
      say_part(parts[i].models.front());
      add_outcome(outcome_.run, run_plan(parts[i], options_, standby_));
    }
    for (const PlannedSearch& search : plan_.searches) {
      if (outcome_.run.signal == 0) run_search(search);
    }
    if (outcome_.run.signal == 0 && !plan_.searches.empty()) keep_records();
    if (parts.size() > 1 || !plan_.searches.empty()) count_out_of_memory();
  }

  void say_part(const PlannedModel& model) const {
    std::vector<std::string> labels;
    for (const PlannedMethod& method : model.methods) labels.push_back(method.cell.label);
    fmt::print(options_.messages, "{}, in rounds of their own: '{}'\n", model.name,
               fmt::join(labels, "', '"));
  }

  // The baseline's rows count beside each label of the plan. Settings that an earlier run tried
  // stay in the tables where this plan is a part, or goes on with the search: then so do the
  // baseline's rows beside them.
  void count_blocks(size_t index) {
    PlannedModel& model = plan_.models[index];
    std::set<int64_t>& counted = counted_[index];
    for (const PlannedMethod& method : model.methods) counted.insert(method.block);
    std::set<int64_t> at_first = counted;
    for (const auto& [label, block] :
         claimed_round_blocks(options_.database, plan_.experiment.name, model.name)) {
      if (!plan_.whole) counted.insert(block);
      if (!plan_.whole || !plan_.searches.empty()) at_first.insert(block);
    }
    if (at_first.size() == 1) return;
    model.methods[model.baseline].counted_blocks.assign(at_first.begin(), at_first.end());
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
      record.probes.push_back(read_setting(plan_, search, factor, options_.database));
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
    if (!plan_.experiment.timing.none) {
      setting.block = claim_round_block(options_.database, plan_.experiment.name, model.name,
                                        setting.cell.label);
    }
    setting.samples = samples;
    Plan part = part_with(search, setting);
    if (const std::vector<LateLabel> late = find_late(part); !late.empty() && options_.retime) {
      retime(part, late, options_.database);
      setting.block = part.models.front().methods.back().block;
      part = part_with(search, setting);
    } else {
      tell(describe_late(part, late));
    }
    add_outcome(outcome_.run, run_plan(part, options_, standby_));
    settings_[search.model][setting.cell.label] = std::move(setting);
  }

  Plan part_with(const PlannedSearch& search, const PlannedMethod& setting) {
    const PlannedModel& model = plan_.models[search.model];
    PlannedMethod baseline = model.methods[model.baseline];
    std::set<int64_t> counted = counted_[search.model];
    for (const auto& [label, other] : settings_[search.model]) counted.insert(other.block);
    counted.insert(setting.block);
    baseline.counted_blocks.assign(counted.begin(), counted.end());
    baseline.block = setting.block;
    return part_of(plan_, model, {baseline, setting}, setting.samples);
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
  std::string late_;                             // lines about labels that have no speed-up
  std::map<size_t, std::set<int64_t>> counted_;  // blocks beside the settings', by model
  std::map<size_t, std::map<std::string, PlannedMethod>> settings_;  // that were tried, by model
};

}  // namespace

ExperimentOutcome run_experiment(Plan& plan, const RunOptions& options) {
  return ExperimentRun(plan, options).run();
}

}  // namespace skipbench
