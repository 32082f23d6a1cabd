#include "harness/calibrate/calibrate.h"

#include <fmt/format.h>

#include <memory>

#include "harness/calibrate/artefact_file.h"
#include "harness/calibrate/artefact_hash.h"
#include "harness/calibrate/calibration_texts.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/experiment/calibration_source.h"
#include "harness/machine/device.h"
#include "harness/machine/dtype.h"
#include "kernels/model/decoder.h"
#include "methods/interface/method.h"
#include "methods/interface/registry.h"

namespace skipbench {

CalibratedArtefact calibrate_artefact(const CalibrateRequest& request,
                                      const std::function<void(const std::string&)>& note,
                                      const std::function<void(const std::string&)>& phase) {
  const at::Device device = choose_device(request.model.device);
  const at::ScalarType dtype = choose_dtype(request.model.dtype, device);
  const CheckpointInfo info = inspect_checkpoint(request.model.checkpoint);
  const ResolvedMethod cell = resolve_method(request.method, info.config);
  if (!cell.preset_note.empty()) note(fmt::format("{}: {}", cell.method, cell.preset_note));
  const std::unique_ptr<Method> method = find_method(cell.method).make(cell.params, info.config);
  if (method->artefact_key().is_null()) return {};  // before the weights are loaded

  const CalibrationSpec source = with_source(request.texts, "");
  const Checkpoint checkpoint = load_checkpoint(request.model.checkpoint, device, dtype);
  const CalibrationTexts texts = calibration_texts(source, checkpoint.tokenizer.get(), info);
  CalibratedArtefact made{
      .hash = artefact_hash(*method, cell.method, info, dtype_name(dtype), texts),
      .file = {},
      .texts = texts.tokens.size(),
      .tokens = texts.total(),
      .texts_hash = texts.hash};
  made.file = artefact_file(made.hash);
  Decoder decoder(*checkpoint.model);
  ArtefactCache(decoder, texts, note, phase, [] {}).get(made.hash, *method, cell.method);
  return made;
}

}  // namespace skipbench
