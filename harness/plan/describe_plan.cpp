#include "harness/plan/describe_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "harness/base/duration.h"
#include "harness/calibrate/calibration_texts.h"
#include "harness/machine/dtype.h"
#include "harness/machine/peaks.h"
#include "harness/plan/calibration_estimate.h"
#include "harness/plan/plan_parts.h"
#include "harness/run/unit_finder.h"
#include "harness/store/queries.h"
#include "methods/interface/registry.h"

namespace skipbench {
namespace {

// Share of a large product's rate that a whole prefill reaches; measured on 2 CPU cores at 1K
// tokens, and near it on an H200.
constexpr double kPrefillEfficiency = 0.8;

// "512", "480-1790", or "about 512" where the prompts are made alike and not all were looked at.
std::string length_text(const SubsetFacts& facts) {
  const std::string range = facts.shortest == facts.longest
                                ? fmt::format("{}", facts.longest)
                                : fmt::format("{}-{}", facts.shortest, facts.longest);
  return facts.exact ? range : "about " + range;
}

std::string describe_tasks(const Plan& plan, const PlannedModel& model) {
  std::string text = fmt::format("  {:<28} {:>8} {:>7} {:>15} {:>11}\n", "task", "samples",
                                 "rounds", "prompt tokens", "new tokens");
  for (size_t task = 0; task < plan.tasks.size(); ++task) {
    const PlannedTask& planned = plan.tasks[task];
    for (size_t subset = 0; subset < planned.subsets.size(); ++subset) {
      const SubsetFacts& facts = model.facts[task][subset];
      text += fmt::format("  {:<28} {:>8} {:>7} {:>15} {:>11}\n",
                          planned.spec.task + " " + planned.subsets[subset].name,
                          plan.options.shard.share_of(plan.samples_before(task, subset),
                                                      planned.subsets[subset].samples),
                          planned.rounds, length_text(facts), facts.new_tokens);
    }
  }
  return text;
}

std::string describe_methods(const Plan& plan, const PlannedModel& model,
                             CalibrationEstimate& calibration) {
  size_t width = 5;
  for (const PlannedMethod& each : model.methods) width = std::max(width, each.cell.label.size());
  std::string text = fmt::format("  {:<{}}  method\n", "label", width);
  for (const PlannedMethod& each : model.methods) {
    const std::string calibrated = calibration.add(model, each);
    text += fmt::format("  {:<{}}  {}{}{}{}\n", each.cell.label, width, each.cell.method,
                        each.cell.label == plan.experiment.baseline ? ", the baseline" : "",
                        calibrated.empty() ? "" : ", ", calibrated);
  }
  return text;
}

// The methods whose prefill `timing: none` runs once for all of them.
std::string describe_sharing(const PlannedModel& model) {
  std::vector<std::string> labels;
  for (const PlannedMethod& each : model.methods) {
    if (!changes_prompt(each.entry.decides)) labels.push_back(each.cell.label);
  }
  if (labels.size() < 2) return "";
  return fmt::format("  one prefill a prompt for {}\n", fmt::join(labels, ", "));
}

// The parameters, "then.keep" among them, that differ.
void add_differences(const Json& a, const Json& b, const std::string& prefix,
                     std::vector<std::string>& names) {
  for (const auto& [name, value] : a.items()) {
    if (value.is_object()) {
      add_differences(value, b.at(name), prefix + name + ".", names);
    } else if (value.dump() != b.at(name).dump()) {
      names.push_back(prefix + name);
    }
  }
}

std::string why_equal(const Json& params, const Json& others) {
  std::vector<std::string> names;
  add_differences(params, others, "", names);
  if (names.empty()) return "all parameters are equal";
  return fmt::format("they differ in {}, which has no effect here", fmt::join(names, ", "));
}

std::string shard_text(const Shard& shard) {
  if (shard.is_all()) return "";
  return fmt::format(" of shard {} of {}", shard.index, shard.count);
}

}  // namespace

double model_seconds(const PlannedModel& model, double flops) {
  return flops / (kPrefillEfficiency * matrix_rate(model.device, model.dtype));
}

std::string describe_presets(const Plan& plan) {
  std::string text;
  const auto add = [&](const std::string& label, const std::string& model,
                       const std::string& note) {
    if (!note.empty()) text += fmt::format("'{}' on {}: {}\n", label, model, note);
  };
  for (const auto& [place, note] : plan.preset_notes) add(place.second, place.first, note);
  for (const PlannedSearch& search : plan.searches) {
    add(search.spec.method.label, plan.models[search.model].name, search.preset_note);
  }
  return text;
}

std::string describe_equal_labels(const Plan& plan) {
  std::string text;
  for (const PlannedModel& model : plan.models) {
    std::map<std::string, const PlannedMethod*> first;  // of each computation
    for (const PlannedMethod& each : model.methods) {
      const Json canonical =
          find_method(each.cell.method).canonical(each.cell.params, model.info.config);
      const auto [found, is_new] = first.try_emplace(each.cell.method + canonical.dump(), &each);
      if (is_new) continue;
      text += fmt::format("'{}' computes on {} what '{}' does: {}\n", each.cell.label, model.name,
                          found->second->cell.label,
                          why_equal(each.cell.params, found->second->cell.params));
    }
  }
  return text;
}

std::string describe_calibration_overlap(const Plan& plan) {
  const bool calibrated =
      std::any_of(plan.models.begin(), plan.models.end(),
                  [](const auto& model) { return !model.texts.tokens.empty(); });
  const std::unique_ptr<Task> source = calibration_task(plan.experiment.calibration);
  if (!calibrated || !source) return "";
  std::set<std::string> read;
  for (const Subset& subset : source->subsets()) read.insert(source->data_hash_of(subset));
  std::string text;
  for (const PlannedTask& task : plan.tasks) {
    for (const Subset& subset : task.subsets) {
      if (!read.contains(task.data_hashes.at(subset.name))) continue;
      text += fmt::format(
          "warning: methods are calibrated on the data of '{} {}', on which they are also scored\n",
          task.spec.task, subset.name);
    }
  }
  return text;
}

std::string describe_stored(const Plan& plan, const std::filesystem::path& database) {
  std::error_code error;
  if (std::filesystem::file_size(database, error) == 0 || error) {
    return fmt::format("{} holds nothing yet\n", database.string());
  }
  const StoreReader store(database);
  int64_t stored = 0;
  for (const Plan& part : parts_by_block(plan)) {
    const UnitFinder finder(part);
    for (const SamplePlace& place : sample_places(part)) {
      for (const std::vector<RowKey>& rounds : finder.find(place).keys) {
        stored += std::count_if(rounds.begin(), rounds.end(),
                                [&](const RowKey& key) { return store.has(key); });
      }
    }
  }
  return fmt::format("{} of the {} rows of these labels are in {} already\n", stored, plan.rows(),
                     database.string());
}

std::string describe_plan(const Plan& plan) {
  std::string text = fmt::format("experiment {}: {} rows{}, seed {}{}\n", plan.experiment.name,
                                 plan.rows(), shard_text(plan.options.shard), plan.experiment.seed,
                                 plan.experiment.timing.none ? ", accuracy only" : "");
  double seconds = 0;
  CalibrationEstimate calibration;
  for (const PlannedModel& model : plan.models) {
    text += fmt::format("\nmodel {}: {} on {}{}\n", model.name, dtype_name(model.dtype),
                        model.device_name,
                        model.info.random_weights ? ", random weights: speed only" : "");
    text += describe_tasks(plan, model) + "\n" + describe_methods(plan, model, calibration);
    if (plan.experiment.timing.none) text += describe_sharing(model);
    seconds += model_seconds(model, plan.work(model));
  }
  seconds += calibration.seconds();
  return text + fmt::format(
                    "\nabout {}{} at the rate measured now if every method did full attention's "
                    "work; skipping shortens it\n",
                    duration_text(seconds),
                    calibration.seconds() > 0 ? " with the calibration" : "");
}

}  // namespace skipbench
