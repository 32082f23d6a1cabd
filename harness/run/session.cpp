#include "harness/run/session.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "harness/run/calibration.h"
#include "harness/run/device.h"
#include "harness/run/self_check.h"
#include "methods/registry.h"

namespace skipbench {
namespace {

// Torch's messages carry a stack trace behind the first line.
std::string first_line_of(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

std::optional<Failure> failure_of(at::Device device, const std::function<void()>& step) {
  std::optional<Failure> failure;
  try {
    step();
  } catch (const c10::Error& error) {
    failure = Failure{is_out_of_memory(error) ? RowStatus::kOom : RowStatus::kError,
                      first_line_of(error.what_without_backtrace())};
  } catch (const std::exception& error) {
    failure = Failure{is_out_of_memory(error) ? RowStatus::kOom : RowStatus::kError,
                      first_line_of(error.what())};
  }
  if (failure) release_cached_memory(device);
  return failure;
}

ModelSession::ModelSession(const PlannedModel& planned, const Note& note) {
  note(fmt::format("loading {} on {} ({})", planned.name, planned.device_name,
                   dtype_name(planned.dtype)));
  checkpoint_ = load_checkpoint(planned.spec.checkpoint, planned.device, planned.dtype);
  decoder_ = std::make_unique<Decoder>(*checkpoint_.model);
  ArtefactCache artefacts(*decoder_, planned.texts, note);
  SelfCheck check(*decoder_);
  for (const PlannedMethod& each : planned.methods) {
    ReadyMethod& ready = methods_.emplace_back();
    std::string wrong;
    ready.failure = failure_of(planned.device, [&] {
      const MethodEntry& entry = find_method(each.cell.method);
      ready.method = entry.make(each.cell.params);
      ready.method->attach(planned.info.config);
      const Artefact* artefact = nullptr;
      if (!each.artefact_hash.empty()) {
        artefact = &artefacts.get(each.artefact_hash, *ready.method, each.cell.method);
        ready.method->use_artefact(*artefact, planned.device, planned.dtype);
      }
      wrong = check.run(entry, each.cell.params, artefact);
    });
    if (!wrong.empty()) ready.failure = Failure{RowStatus::kInvalid, wrong};
  }
}

}  // namespace skipbench
