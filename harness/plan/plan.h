#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/experiment/experiment.h"
#include "harness/plan/planned.h"
#include "harness/plan/planned_search.h"
#include "harness/plan/shard.h"
#include "harness/reply/prompts.h"
#include "harness/store/store.h"

namespace skipbench {

/// What the command line adds to an experiment.
struct PlanOptions {
  std::string device = "";  // for every model; "": as the experiment says
  int64_t limit = 0;        // samples a subset at most; 0: as the experiment says
  Shard shard = {};         // of these
  /// Globs over labels; an empty `only` means all. The baseline always runs.
  std::vector<std::string> only = {}, exclude = {};
  /// Globs over tasks, by name ("needle") or with their subset ("needle 1024"); empty: all.
  std::vector<std::string> tasks = {};
};

/// Everything that a run will do, checked against the models' configs and the tasks' data but
/// without loading weights.
struct Plan {
  Experiment experiment;
  PlanOptions options;
  std::vector<PlannedTask> tasks;
  std::vector<PlannedModel> models;
  std::vector<PlannedSearch> searches;  // run_experiment() goes through them
  /// By model and label: ResolvedMethod::preset_note, where there is something to say.
  std::map<std::pair<std::string, std::string>, std::string> preset_notes = {};
  Json search_records = Json::array();  // of those that ended
  bool whole = true;                    // false: --only, --exclude or --task left cells out
  /// Of a part that leads: the cells of all parts, so that tables keep them. Empty: its own.
  std::vector<PlannedCell> cells_of_all = {};

  /// Samples of the subsets before this one, in the order of the tasks: where a shard's count
  /// stands.
  int64_t samples_before(size_t task, size_t subset) const;
  /// Rows of a complete run of the shard: models x samples x methods x rounds, the baseline's once
  /// for each block of rounds.
  int64_t rows() const;
  /// Work of that on one model in FLOPs, if every method did full attention's.
  double work(const PlannedModel& model) const;
  /// Mean work of a row in FLOPs: full prefill, and decode steps weighed by what they cost.
  double row_work(const PlannedModel& model, size_t task, size_t subset) const;
};

/// Throws InputError with all problems found: checkpoints, devices, schedules that do not fit a
/// model, files of tasks, prompts longer than a model's context, text tasks on random weights.
Plan make_plan(Experiment experiment, const PlanOptions& options);

/// A method on a model of the plan: its hashes, and its texts when it is the model's first that is
/// calibrated. Throws InputError when it does not fit the model.
PlannedMethod plan_method(const Experiment& experiment, PlannedModel& model, const MethodCell& cell,
                          int64_t order);

/// What makes a model's prompts.
PromptBuilder prompts_of(const PlannedModel& model, uint64_t seed);

/// The cells as the store keeps them, so that tables know what is missing.
std::vector<PlannedCell> planned_cells(const Plan& plan);

/// The experiment with every default filled in.
Json resolved_config(const Plan& plan);

/// The key of one row.
RowKey row_key(const Plan& plan, const PlannedModel& model, const PlannedMethod& method,
               const PlannedTask& task, const Subset& subset, const Sample& sample, int64_t round);

}  // namespace skipbench
