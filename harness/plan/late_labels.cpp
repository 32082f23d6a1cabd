#include "harness/plan/late_labels.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>

#include "harness/base/duration.h"
#include "harness/machine/interrupt.h"
#include "harness/plan/describe_plan.h"
#include "harness/plan/plan_parts.h"
#include "harness/run/unit_finder.h"
#include "harness/store/queries.h"
#include "harness/store/round_blocks.h"

namespace skipbench {
namespace {

// Where a run that is not made finds nothing.
constexpr int64_t kNobodysBlock = int64_t{1} << 40;

using Stored = std::optional<MeasuredBy>;

// Rows that nobody measured yet are measured together, and failed ones have no times.
bool makes_no_pair(const Stored& row, const Stored& baseline) {
  if (row && baseline) {
    return row->ended_well && baseline->ended_well && row->run != baseline->run;
  }
  return (row && row->ended_well) || (baseline && baseline->ended_well);
}

// The rows of one sample under the label; `baseline`: those that were looked up before, by round.
void add_rows(const WorkUnit& unit, RowKey beside, const StoreReader& store,
              std::map<int64_t, Stored>& baseline, LateLabel& label) {
  for (const RowKey& key : unit.keys[label.method]) {
    beside.round = key.round;
    const auto [found, is_new] = baseline.try_emplace(key.round);
    if (is_new) found->second = store.measured_by(beside);
    const Stored row = store.measured_by(key), reference = found->second;
    label.stored += row ? 1 : 0;
    if (!makes_no_pair(row, reference)) continue;
    ++label.rows;
    if (row && (!reference || reference->run > row->run)) label.baseline_is_later = true;
  }
}

std::string why(const Plan& plan, const LateLabel& label) {
  const PlannedModel& model = plan.models[label.model];
  const std::string name =
      fmt::format("'{}' on {}", model.methods[label.method].cell.label, model.name);
  return label.baseline_is_later
             ? fmt::format("the baseline was changed after {} was timed", name)
             : fmt::format("{} was added or changed after the baseline was timed", name);
}

// Late labels of each model.
std::map<size_t, std::vector<LateLabel>> by_model(const std::vector<LateLabel>& late) {
  std::map<size_t, std::vector<LateLabel>> models;
  for (const LateLabel& label : late) models[label.model].push_back(label);
  return models;
}

}  // namespace

std::vector<LateLabel> late_labels(const Plan& plan, const std::filesystem::path& database,
                                   const std::function<int()>& pending_signal) {
  if (plan.experiment.timing.none) return {};
  std::error_code missing;
  if (std::filesystem::file_size(database, missing) == 0 || missing) return {};
  const StoreReader store(database);
  const UnitFinder finder(plan);
  std::map<std::pair<size_t, size_t>, LateLabel> labels;
  for (const SamplePlace& place : sample_places(plan)) {
    stop_when_asked(pending_signal);
    const PlannedModel& model = plan.models[place.model];
    const WorkUnit unit = finder.find(place);
    const RowKey& beside = unit.keys[model.baseline].front();
    std::map<int64_t, Stored> baseline;
    for (size_t method = 0; method < model.methods.size(); ++method) {
      if (method == model.baseline) continue;
      LateLabel& label = labels[{place.model, method}];
      label.model = place.model;
      label.method = method;
      add_rows(unit, beside, store, baseline, label);
    }
  }
  std::vector<LateLabel> late;
  for (const auto& [place, label] : labels) {
    if (label.rows > 0) late.push_back(label);
  }
  return late;
}

void take_round_blocks(Plan& plan, const std::filesystem::path& database) {
  if (plan.experiment.timing.none) return;
  for (PlannedModel& model : plan.models) {
    const auto blocks = claimed_round_blocks(database, plan.experiment.name, model.name);
    for (size_t i = 0; i < model.methods.size(); ++i) {
      const auto found = blocks.find(model.methods[i].cell.label);
      if (i != model.baseline && found != blocks.end()) model.methods[i].block = found->second;
    }
  }
}

void retime(Plan& plan, const std::vector<LateLabel>& late, const std::filesystem::path& database) {
  for (const auto& [index, labels] : by_model(late)) {
    PlannedModel& model = plan.models[index];
    std::map<std::string, int64_t> blocks;
    for (const LateLabel& label : labels) {
      const PlannedMethod& method = model.methods[label.method];
      blocks[method.cell.label] = method.block;
    }
    blocks = claim_fresh_round_blocks(database, plan.experiment.name, model.name, blocks);
    for (const LateLabel& label : labels) {
      PlannedMethod& method = model.methods[label.method];
      method.block = blocks.at(method.cell.label);
    }
  }
}

std::string describe_late(const Plan& plan, const std::vector<LateLabel>& late) {
  std::string text;
  for (const LateLabel& label : late) {
    text += fmt::format(
        "{}: {} of its rows have no speed-up; --retime measures the baseline beside it again\n",
        why(plan, label), label.rows);
  }
  return text;
}

std::string plan_late_labels(Plan& plan, const std::filesystem::path& database, bool retime) {
  take_round_blocks(plan, database);
  const std::vector<LateLabel> late = late_labels(plan, database, [] { return 0; });
  if (!retime) return describe_late(plan, late);
  std::string text;
  for (const auto& [index, labels] : by_model(late)) {
    PlannedModel& model = plan.models[index];
    const Plan beside = part_of(plan, model, {model.methods[model.baseline]});
    int64_t more = beside.rows();
    for (const LateLabel& label : labels) {
      text += why(plan, label) + "\n";
      more += label.stored;
      model.methods[label.method].block = kNobodysBlock;
    }
    const double flops = beside.work(beside.models.front()) / static_cast<double>(beside.rows());
    text +=
        fmt::format("  --retime measures the baseline beside {} again: {} rows more, about {}\n",
                    labels.size() == 1 ? "it" : "them", more,
                    duration_text(model_seconds(model, flops * static_cast<double>(more))));
  }
  return text;
}

}  // namespace skipbench
