#pragma once

#include <functional>
#include <memory>
#include <string>

#include "harness/measure/loaded_weights.h"
#include "harness/measure/session.h"
#include "harness/measure/unit.h"
#include "harness/plan/plan.h"

namespace skipbench {

/// The one model of a plan that a process has in memory: the one that its last sample needed.
class LoadedModel {
 public:
  /// `weights` are the process's: those of an earlier plan where they fit, and left to the next.
  /// `note` is told what takes long, `phase` what has to be done before a measurement (unit.h).
  LoadedModel(const Plan& plan, std::unique_ptr<LoadedWeights>& weights, ModelSession::Note note,
              ModelSession::Note phase, std::function<int()> pending_signal);

  bool is_loaded(size_t model) const { return runner_ && model == loaded_; }
  /// Loads the weights unless they are there, after letting those of another model go. Throws
  /// Interrupted.
  UnitRunner& get(size_t model);

 private:
  const Plan& plan_;
  std::unique_ptr<LoadedWeights>& weights_;
  ModelSession::Note note_, phase_;
  std::function<int()> pending_signal_;
  size_t loaded_ = 0;
  std::unique_ptr<ModelSession> session_;
  std::unique_ptr<UnitRunner> runner_;
};

}  // namespace skipbench
