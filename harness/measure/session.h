#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/calibrate/artefact_cache.h"
#include "harness/measure/failure.h"
#include "harness/measure/loaded_weights.h"
#include "harness/plan/planned.h"
#include "methods/interface/method.h"

namespace skipbench {

/// A plan's methods on a model's weights, calibrated and self-checked, ready to measure.
class ModelSession {
 public:
  using Note = std::function<void(const std::string&)>;
  /// Calibrates what needs it and checks every method; `note` is told what takes long, `phase`
  /// how far a calibration is, which method's check begins, and "" after the last. Weights that
  /// could not be loaded are a failure of all methods. Plan and weights outlive the session. Throws
  /// ArtefactFolderError when an artefact cannot be kept, and what `before_step` throws: it is
  /// called before each part of a calibration and of a check.
  ModelSession(const PlannedModel& planned, LoadedWeights& weights, const Note& note,
               const Note& phase, const BeforeStep& before_step);

  Decoder& decoder() { return weights_.decoder(); }
  WarmShapes& warm() { return weights_.warm(); }
  /// The method, ready for prompts: made for a measurement and gone with it, so that nothing of
  /// another lies on the device beside the one that is measured.
  std::unique_ptr<const Method> make_method(size_t index) const;
  /// Why a method must not be measured at all.
  const std::optional<Failure>& failure(size_t index) const { return methods_[index].failure; }

 private:
  struct ReadyMethod {
    const Artefact* artefact = nullptr;  // of artefacts_; null where the method learns nothing
    std::optional<Failure> failure;
  };

  void prepare_method(size_t index, const Note& phase, const BeforeStep& before_step);

  const PlannedModel& planned_;
  LoadedWeights& weights_;
  std::optional<ArtefactCache> artefacts_;
  std::vector<ReadyMethod> methods_;
};

}  // namespace skipbench
