#include "harness/measure/session.h"

// Not called here, but it decides times on a CPU, and so is code behind every row.
#include "kernels/base/freed_memory.h"

namespace skipbench {

ModelSession::ModelSession(const PlannedModel& planned, LoadedWeights& weights, const Note& note,
                           const Note& phase, const BeforeStep& before_step)
    : planned_(planned), weights_(weights), methods_(planned.methods.size()) {
  if (weights.failure()) {
    for (ReadyMethod& ready : methods_) ready.failure = weights.failure();
    return;
  }
  artefacts_.emplace(decoder(), planned.texts, note, phase, before_step);
  for (size_t i = 0; i < methods_.size(); ++i) prepare_method(i, phase, before_step);
  phase("");
}

void ModelSession::prepare_method(size_t index, const Note& phase, const BeforeStep& before_step) {
  const PlannedMethod& planned = planned_.methods[index];
  const MethodCell& cell = planned.cell;
  ReadyMethod& ready = methods_[index];
  std::string wrong;
  ready.failure = failure_of(planned_.device, [&] {
    if (!planned.artefact_hash.empty()) {
      ready.artefact = &artefacts_->get(planned.artefact_hash, *make_method(index), cell.method);
    }
    make_method(index);  // does it fit the model?
    phase("self-check of " + cell.label);
    const SelfCheck::Subject subject{planned.entry, cell.params, ready.artefact,
                                     planned.artefact_hash};
    wrong = weights_.check().run(subject, before_step);
  });
  if (!wrong.empty()) ready.failure = Failure{RowStatus::kInvalid, wrong};
}

std::unique_ptr<const Method> ModelSession::make_method(size_t index) const {
  const PlannedMethod& planned = planned_.methods[index];
  std::unique_ptr<Method> method = planned.entry.make(planned.cell.params, planned_.info.config);
  if (const Artefact* artefact = methods_[index].artefact; artefact != nullptr) {
    method->use_artefact(*artefact, planned_.device, planned_.dtype);
  }
  return method;
}

}  // namespace skipbench
