#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "harness/checkpoint/checkpoint.h"
#include "harness/measure/failure.h"
#include "harness/measure/self_check.h"
#include "harness/plan/planned.h"
#include "kernels/model/decoder.h"

namespace skipbench {

/// What a device has run before, so that nobody has to wait for it on the clock.
struct WarmShapes {
  std::set<std::pair<std::string, int64_t>> ran;  // computation (method and parameters), shape
  int64_t planned_ahead = 0;  // rows up to which causal attention's plans are there
};

/// A model's weights in memory, with what was found out on them once: which methods agree with full
/// attention, and which shapes ran. They outlive a plan: the settings of a search, each a plan of
/// its own, are measured on the same weights.
class LoadedWeights {
 public:
  /// Loads them; `note` is told first, and of a failure. Full attention's logits, for the
  /// self-check, are computed in steps: `before_step` may throw to end them.
  LoadedWeights(const PlannedModel& planned, const std::function<void(const std::string&)>& note,
                const BeforeStep& before_step);

  /// Whether they are there, and would be the same if they were loaded for this model.
  bool serve(const PlannedModel& planned) const;
  /// Why they could not be loaded, for want of memory perhaps; then there is no decoder.
  const std::optional<Failure>& failure() const { return failure_; }

  Decoder& decoder() { return *decoder_; }
  SelfCheck& check() { return *check_; }
  WarmShapes& warm() { return warm_; }

 private:
  std::string hash_;  // of the checkpoint
  at::Device device_;
  at::ScalarType dtype_;
  std::optional<Failure> failure_;
  Checkpoint checkpoint_;
  std::unique_ptr<Decoder> decoder_;
  std::optional<SelfCheck> check_;
  WarmShapes warm_;
};

}  // namespace skipbench
