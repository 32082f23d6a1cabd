#include "harness/run/session.h"

#include <fmt/format.h>

#include "harness/run/artefact_cache.h"
// Not called here, but it decides times on a CPU, and so is code behind every row.
#include "kernels/base/freed_memory.h"

namespace skipbench {

ModelSession::ModelSession(const PlannedModel& planned, LoadedWeights& weights, const Note& note,
                           const Note& phase, const BeforeStep& before_step)
    : weights_(weights), methods_(planned.methods.size()) {
  if (weights.failure()) {
    for (ReadyMethod& ready : methods_) ready.failure = weights.failure();
  } else {
    prepare_methods(planned, note, phase, before_step);
  }
}

void ModelSession::prepare_methods(const PlannedModel& planned, const Note& note, const Note& phase,
                                   const BeforeStep& before_step) {
  ArtefactCache artefacts(decoder(), planned.texts, note, before_step);
  for (size_t i = 0; i < methods_.size(); ++i) {
    const PlannedMethod& each = planned.methods[i];
    ReadyMethod& ready = methods_[i];
    std::string wrong;
    ready.failure = failure_of(planned.device, [&] {
      ready.method = each.entry.make(each.cell.params);
      ready.method->attach(planned.info.config);
      const Artefact* artefact = nullptr;
      if (!each.artefact_hash.empty()) {
        artefact = &artefacts.get(each.artefact_hash, *ready.method, each.cell.method);
        ready.method->use_artefact(*artefact, planned.device, planned.dtype);
      }
      phase("self-check of " + each.cell.label);
      wrong = weights_.check().run(each.entry, each.cell.params, artefact, before_step);
    });
    if (!wrong.empty()) ready.failure = Failure{RowStatus::kInvalid, wrong};
  }
  phase("");
}

}  // namespace skipbench
