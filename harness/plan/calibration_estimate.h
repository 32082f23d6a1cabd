#pragma once

#include <map>
#include <string>

#include "harness/plan/plan.h"

namespace skipbench {

/// What a run will calibrate before it measures, each artefact once.
class CalibrationEstimate {
 public:
  /// "calibrated already (cached)", "will be calibrated on 24 texts, 12288 tokens, about 41 s" at a
  /// rate measured now, or with which label it shares that; "" for a method that learns nothing.
  std::string add(const PlannedModel& model, const PlannedMethod& method);
  double seconds() const { return seconds_; }  // of all that was added

 private:
  std::map<std::string, std::string> first_;  // label that makes it, by the artefact's hash
  double seconds_ = 0;
};

/// The same with all labels of a plan added.
CalibrationEstimate calibration_of_labels(const Plan& plan);

}  // namespace skipbench
