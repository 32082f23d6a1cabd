#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "harness/experiment/experiment.h"

namespace skipbench {

/// A method's offline artefact to be made for one model.
struct CalibrateRequest {
  ModelSpec model;
  MethodSpec method;
  CalibrationSpec texts;
};

/// The artefact and where it lies.
struct CalibratedArtefact {
  std::string hash;  // of model, dtype, texts, parameters and code; "": the method needs none
  std::filesystem::path file;
  size_t texts = 0, tokens = 0;
  std::string texts_hash;
};

/// Makes the artefact, or finds it in the cache; `note` is told what takes long, `phase` how far it
/// is (Progress::phase()). Runs on the same
/// model, texts and parameters find it there. Throws InputError for checkpoints, methods,
/// parameters and texts that cannot be used.
CalibratedArtefact calibrate_artefact(const CalibrateRequest& request,
                                      const std::function<void(const std::string&)>& note,
                                      const std::function<void(const std::string&)>& phase);

}  // namespace skipbench
