#include "harness/report/judge/report_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/summary/timing_noise.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

std::vector<ModelCells> split_by_model(const std::string& experiment, std::vector<CellRecord> cells,
                                       bool allow_mixed) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<CellRecord>> by_model;
  for (CellRecord& cell : cells) {
    std::vector<CellRecord>& list = by_model[cell.plan.model];
    if (list.empty()) order.push_back(cell.plan.model);
    list.push_back(std::move(cell));
  }
  std::vector<ModelCells> models;
  std::vector<std::string> left_out;
  for (const std::string& model : order) {
    ModelCells shown{experiment, model, {}, {}, {}};
    std::vector<CellRecord> planned;
    for (CellRecord& cell : by_model[model]) {
      if (cell.in_plan) {
        planned.push_back(std::move(cell));
      } else {
        shown.left_out.push_back(place_name(cell.plan));
      }
    }
    if (planned.empty()) {
      left_out.push_back("model " + model);
      continue;
    }
    shown.cells = judge_cells(std::move(planned), allow_mixed);
    models.push_back(std::move(shown));
  }
  if (!models.empty()) {
    std::vector<std::string>& list = models.front().left_out;
    list.insert(list.end(), left_out.begin(), left_out.end());
  }
  return models;
}

/// One label's speed-ups, task by task.
struct LabelSpeedups {
  std::vector<std::string> tasks;
  std::vector<std::vector<PromptSpeedup>> prompts;
};

std::vector<UnsteadyLabel> unsteady_labels(const std::map<std::string, LabelSpeedups>& labels) {
  std::vector<UnsteadyLabel> unsteady;
  for (const auto& [label, speedups] : labels) {
    const auto apart = farthest_apart(speedups.prompts);
    if (!apart || timing_noise(apart->gap - 1) != TimingNoise::kUnusable) continue;
    unsteady.push_back({label, speedups.tasks[apart->slow], speedups.tasks[apart->fast], *apart});
  }
  std::stable_sort(unsteady.begin(), unsteady.end(), [](const auto& a, const auto& b) {
    return a.apart.gap > b.apart.gap;  // the worst first
  });
  return unsteady;
}

bool has_speedup(const JudgedCell& cell) {
  return cell.shows_figures() && !cell.record.plan.is_baseline &&
         cell.record.summary.speedup_ttft.has_value();
}

/// What the rows tell of prompts, by the baseline for all methods, and of how steady times are.
void read_prompts(const StoreReader& reader, ModelCells& model) {
  std::map<std::string, std::vector<JudgedCell*>> timed;  // by task
  for (JudgedCell& cell : model.cells) {
    if (has_speedup(cell)) timed[task_name(cell.record.plan)].push_back(&cell);
  }
  std::map<std::string, LabelSpeedups> labels;
  for (JudgedCell& baseline : model.cells) {
    if (!baseline.record.plan.is_baseline || !baseline.shows_figures()) continue;
    const std::string task = task_name(baseline.record.plan);
    const std::vector<PromptRow> rows = reader.prompt_rows(baseline.record.plan);
    baseline.prompts = prompt_facts(rows);
    for (JudgedCell* cell : timed[task]) {
      LabelSpeedups& label = labels[cell->record.plan.label];
      label.tasks.push_back(task);
      label.prompts.push_back(prompt_speedups(reader.prompt_rows(cell->record.plan), rows));
      cell->speedup_drift = speedup_drift(label.prompts.back());
    }
  }
  model.unsteady = unsteady_labels(labels);
}

}  // namespace

std::vector<ExperimentData> load_experiments(const StoreReader& reader, const std::string& only,
                                             bool allow_mixed) {
  const std::vector<std::string> names = reader.experiments();
  if (names.empty()) {
    throw InputError(fmt::format("database {}: holds no experiment yet; 'skipbench run' fills it",
                                 reader.file().string()));
  }
  if (!only.empty() && std::find(names.begin(), names.end(), only) == names.end()) {
    throw InputError(fmt::format("database {}: has no experiment '{}'{}", reader.file().string(),
                                 only, suggestion(only, names)));
  }
  std::vector<ExperimentData> experiments;
  for (const std::string& name : names) {
    if (!only.empty() && name != only) continue;
    ExperimentData& experiment = experiments.emplace_back();
    experiment.name = name;
    experiment.models = split_by_model(name, reader.cells(name), allow_mixed);
    for (ModelCells& model : experiment.models) read_prompts(reader, model);
    experiment.runs = reader.runs(name);
  }
  return experiments;
}

bool times_drift(const JudgedCell& cell) {
  return cell.prompts && timing_noise(cell.prompts->drift) == TimingNoise::kUnusable;
}

std::string place_name(const PlannedCell& plan) {
  return plan.label + " on " + task_name(plan);
}

std::string task_name(const PlannedCell& plan) {
  return plan.subset.empty() ? plan.task : plan.task + " " + plan.subset;
}

}  // namespace skipbench
