#include "harness/run/loaded_model.h"

#include <utility>

namespace skipbench {

LoadedModel::LoadedModel(const Plan& plan, ModelSession::Note note, ModelSession::Note phase,
                         std::function<int()> pending_signal)
    : plan_(plan),
      note_(std::move(note)),
      phase_(std::move(phase)),
      pending_signal_(std::move(pending_signal)) {}

UnitRunner& LoadedModel::get(size_t model) {
  if (is_loaded(model)) return *runner_;
  runner_.reset();
  session_.reset();
  loaded_ = model;
  session_ = std::make_unique<ModelSession>(plan_.models[model], note_, phase_);
  runner_ =
      std::make_unique<UnitRunner>(plan_, plan_.models[model], *session_, pending_signal_, phase_);
  return *runner_;
}

}  // namespace skipbench
