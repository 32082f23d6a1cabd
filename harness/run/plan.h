#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/checkpoint/checkpoint.h"
#include "harness/experiment/experiment.h"
#include "harness/run/calibration.h"
#include "harness/run/planned_search.h"
#include "harness/run/prompts.h"
#include "harness/store/store.h"
#include "harness/tasks/task.h"

namespace skipbench {

/// What the command line adds to an experiment.
struct PlanOptions {
  std::string device = "";  // for every model; "": as the experiment says
  int64_t limit = 0;        // samples a subset at most; 0: as the experiment says
  /// Globs over labels; an empty `only` means all. The baseline always runs.
  std::vector<std::string> only = {}, exclude = {};
  /// Globs over tasks, by name ("needle") or with their subset ("needle 1024"); empty: all.
  std::vector<std::string> tasks = {};
};

struct PlannedTask {
  TaskSpec spec;
  std::shared_ptr<const Task> task;                // a search plans with the same one again
  std::map<std::string, std::string> data_hashes;  // by subset
  std::vector<Subset> subsets;                     // `samples` after --limit
  int64_t rounds = 1;                              // timed rounds of each sample and method
};

struct PlannedMethod {
  MethodCell cell;
  std::string artefact_hash;  // "": needs none
  std::string method_hash;    // of name, parameters and artefact
  std::string code_version;   // of the core's and the method's source
  int64_t order = 0;          // in the experiment
  /// Rounds are counted in blocks: the settings of a search are measured one after the other, each
  /// with the baseline beside it in rounds of their own.
  int64_t block = 0;
  std::vector<int64_t> counted_blocks = {};  // whose rows count too, measured by an earlier plan
  int64_t samples = 0;                       // of each subset at most; 0: all
};

/// The prompts of a subset on a model, for estimates: all of a file's, else the first few.
struct SubsetFacts {
  int64_t shortest = 0, longest = 0;  // tokens of a prompt
  int64_t new_tokens = 0;
  double work = 0;     // FLOPs of a row under full attention, the mean
  bool exact = false;  // every prompt was looked at
};

struct PlannedModel {
  ModelSpec spec;
  std::string name;  // unique in the plan; follows from this model alone
  CheckpointInfo info;
  at::Device device = at::kCPU;
  at::ScalarType dtype = at::kFloat;
  std::string device_name;
  std::shared_ptr<const Tokenizer> tokenizer;  // null: there is none
  ChatTemplate chat = ChatTemplate::kNone;
  std::vector<PlannedMethod> methods;
  size_t baseline = 0;                          // index of `methods`
  CalibrationTexts texts;                       // empty when no method is calibrated
  std::vector<std::vector<SubsetFacts>> facts;  // [task][subset]

  PromptBuilder prompts(uint64_t seed) const { return {tokenizer, chat, info.config, seed}; }
};

/// Everything that a run will do, checked against the models' configs and the tasks' data but
/// without loading weights.
struct Plan {
  Experiment experiment;
  PlanOptions options;
  std::vector<PlannedTask> tasks;
  std::vector<PlannedModel> models;
  std::vector<PlannedSearch> searches;  // run_experiment() goes through them
  Json search_records = Json::array();  // of those that ended
  bool whole = true;                    // false: --only, --exclude or --task left cells out

  /// Rows of a complete run: models x samples x methods x rounds.
  int64_t rows() const;
  /// Work of a complete run on one model in FLOPs, if every method did full attention's.
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

/// The cells as the store keeps them, so that tables know what is missing.
std::vector<PlannedCell> planned_cells(const Plan& plan);

/// The experiment with every default filled in.
Json resolved_config(const Plan& plan);

/// The key of one row.
RowKey row_key(const Plan& plan, const PlannedModel& model, const PlannedMethod& method,
               const PlannedTask& task, const Subset& subset, const Sample& sample, int64_t round);

}  // namespace skipbench
