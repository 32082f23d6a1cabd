#include "harness/plan/calibration_estimate.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "harness/base/duration.h"
#include "harness/calibrate/artefact_file.h"
#include "harness/plan/describe_plan.h"
#include "methods/interface/method.h"

namespace skipbench {

std::string CalibrationEstimate::add(const PlannedModel& model, const PlannedMethod& planned) {
  if (planned.artefact_hash.empty()) return "";
  if (std::filesystem::is_regular_file(artefact_file(planned.artefact_hash))) {
    return "calibrated already (cached)";
  }
  const auto [first, is_new] = first_.try_emplace(planned.artefact_hash, planned.cell.label);
  if (!is_new) return fmt::format("shares the calibration of '{}'", first->second);
  const std::unique_ptr<Method> method = planned.entry.make(planned.cell.params, model.info.config);
  const double seconds = model_seconds(
      model, method->calibration_flops(model.info.config, model.dtype, model.texts.tokens));
  seconds_ += seconds;
  return fmt::format("will be calibrated on {} texts, {} tokens, about {}",
                     model.texts.tokens.size(), model.texts.total(), duration_text(seconds));
}

CalibrationEstimate calibration_of_labels(const Plan& plan) {
  CalibrationEstimate estimate;
  for (const PlannedModel& model : plan.models) {
    for (const PlannedMethod& method : model.methods) estimate.add(model, method);
  }
  return estimate;
}

}  // namespace skipbench
