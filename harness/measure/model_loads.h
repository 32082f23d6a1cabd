#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/plan/plan.h"

namespace skipbench {

/// How loading the plan's models went in workers. A worker that is lost while it loads, for want of
/// memory perhaps, says nothing about the sample that it would have measured.
class ModelLoads {
 public:
  ModelLoads(const Plan& plan, size_t workers);

  void loaded(size_t model, size_t worker);
  /// Notes that a worker was lost on the way; `how` completes "each worker that loaded it".
  void lost(size_t model, size_t worker, const std::string& how);

  /// Whether others must wait while one loads it: it calibrates for all; or workers were lost, and
  /// one may have all memory.
  bool wants_one_alone(size_t model) const;
  /// The worker's place lost it too often.
  bool is_given_up(size_t model, size_t worker) const;
  /// Every place did.
  bool is_given_up(size_t model) const;
  /// Why a model is given up.
  const std::string& reason(size_t model) const { return states_[model].reason; }

 private:
  struct State {
    bool calibrated = false;  // its artefacts are in the cache
    bool loaded = false;      // by some worker, once
    std::vector<int> losses;  // by worker, since it last loaded it
    std::string reason;
  };

  std::vector<State> states_;  // by model
};

}  // namespace skipbench
