#include "harness/run/session.h"

#include <fmt/format.h>

#include "harness/run/artefact_file.h"
#include "harness/run/calibration.h"
#include "harness/run/device.h"
#include "harness/run/error_line.h"
#include "methods/registry.h"

namespace skipbench {

std::optional<Failure> failure_of(at::Device device, const std::function<void()>& step) {
  std::optional<Failure> failure;
  try {
    step();
  } catch (const ArtefactFolderError&) {
    throw;
  } catch (const std::exception& error) {
    failure =
        Failure{is_out_of_memory(error) ? RowStatus::kOom : RowStatus::kError, error_line(error)};
  }
  if (failure) release_cached_memory(device);
  return failure;
}

ModelSession::ModelSession(const PlannedModel& planned, const Note& note, const Note& phase)
    : methods_(planned.methods.size()) {
  note(fmt::format("loading weights of {} on {} ({})", planned.name, planned.device_name,
                   dtype_name(planned.dtype)));
  std::optional<SelfCheck> check;
  const std::optional<Failure> unloadable = failure_of(planned.device, [&] {
    checkpoint_ = load_checkpoint(planned.spec.checkpoint, planned.device, planned.dtype);
    decoder_ = std::make_unique<Decoder>(*checkpoint_.model);
    check.emplace(*decoder_);
  });
  if (unloadable) {
    note(fmt::format("{} cannot be loaded: {}", planned.name, unloadable->reason));
    for (ReadyMethod& ready : methods_) ready.failure = unloadable;
    decoder_.reset();
    checkpoint_ = {};
    release_cached_memory(planned.device);
    return;
  }
  prepare_methods(planned, *check, note, phase);
}

void ModelSession::prepare_methods(const PlannedModel& planned, SelfCheck& check, const Note& note,
                                   const Note& phase) {
  ArtefactCache artefacts(*decoder_, planned.texts, note);
  for (size_t i = 0; i < methods_.size(); ++i) {
    const PlannedMethod& each = planned.methods[i];
    ReadyMethod& ready = methods_[i];
    std::string wrong;
    ready.failure = failure_of(planned.device, [&] {
      const MethodEntry entry = find_method(each.cell.method);
      ready.method = entry.make(each.cell.params);
      ready.method->attach(planned.info.config);
      const Artefact* artefact = nullptr;
      if (!each.artefact_hash.empty()) {
        artefact = &artefacts.get(each.artefact_hash, *ready.method, each.cell.method);
        ready.method->use_artefact(*artefact, planned.device, planned.dtype);
      }
      phase("self-check of " + each.cell.label);
      wrong = check.run(entry, each.cell.params, artefact);
    });
    if (!wrong.empty()) ready.failure = Failure{RowStatus::kInvalid, wrong};
  }
  phase("");
}

}  // namespace skipbench
