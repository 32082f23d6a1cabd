#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/checkpoint/checkpoint.h"
#include "harness/run/plan.h"
#include "harness/run/self_check.h"
#include "harness/store/store.h"
#include "kernels/model/decoder.h"
#include "methods/method.h"

namespace skipbench {

/// Why something was not measured.
struct Failure {
  RowStatus status;
  std::string reason;
};

/// Runs `step` and turns what it throws into a Failure; nothing when all went well. Memory that the
/// step held is given back. An ArtefactFolderError is the user's to mend and passes through.
std::optional<Failure> failure_of(at::Device device, const std::function<void()>& step);

/// A loaded model with its methods, calibrated and self-checked, ready to measure.
class ModelSession {
 public:
  using Note = std::function<void(const std::string&)>;
  /// Loads the weights, calibrates what needs it and checks every method; `note` is told what takes
  /// long, `phase` which method's check begins, and "" after the last. A model that cannot be
  /// loaded, for want of memory perhaps, is a failure of all methods. Throws ArtefactFolderError
  /// when an artefact cannot be kept.
  ModelSession(const PlannedModel& planned, const Note& note, const Note& phase);

  Decoder& decoder() { return *decoder_; }
  Method& method(size_t index) { return *methods_[index].method; }
  /// Why a method must not be measured at all.
  const std::optional<Failure>& failure(size_t index) const { return methods_[index].failure; }

 private:
  struct ReadyMethod {
    std::unique_ptr<Method> method;
    std::optional<Failure> failure;
  };

  void prepare_methods(const PlannedModel& planned, SelfCheck& check, const Note& note,
                       const Note& phase);

  Checkpoint checkpoint_;
  std::unique_ptr<Decoder> decoder_;
  std::vector<ReadyMethod> methods_;
};

}  // namespace skipbench
