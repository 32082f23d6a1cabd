#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/calibrate/artefact_cache.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/experiment/specs.h"
#include "harness/tasks/task.h"
#include "methods/interface/method_entry.h"

namespace skipbench {

// The parts of a plan (plan.h), and all that measuring needs to know of it.

struct PlannedTask {
  TaskSpec spec;
  std::shared_ptr<const Task> task;                // a search plans with the same one again
  std::map<std::string, std::string> data_hashes;  // by subset
  std::vector<Subset> subsets;                     // `samples` after --limit
  int64_t rounds = 1;                              // timed rounds of each sample and method
};

struct PlannedMethod {
  MethodCell cell;
  MethodEntry entry;          // of cell.method
  std::string artefact_hash;  // "": needs none
  std::string method_hash;    // of name, parameters and artefact
  std::string code;           // method_code()
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
  std::string code;                            // reader_code()
  std::shared_ptr<const Tokenizer> tokenizer;  // null: there is none
  ChatTemplate chat{};                         // ChatTemplate::kNone
  std::vector<PlannedMethod> methods;
  size_t baseline = 0;                          // index of `methods`
  CalibrationTexts texts;                       // empty when no method is calibrated
  std::vector<std::vector<SubsetFacts>> facts;  // [task][subset]
};

}  // namespace skipbench
