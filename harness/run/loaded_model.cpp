#include "harness/run/loaded_model.h"

#include <utility>

#include "harness/run/interrupt.h"

namespace skipbench {

LoadedModel::LoadedModel(const Plan& plan, std::unique_ptr<LoadedWeights>& weights,
                         ModelSession::Note note, ModelSession::Note phase,
                         std::function<int()> pending_signal)
    : plan_(plan),
      weights_(weights),
      note_(std::move(note)),
      phase_(std::move(phase)),
      pending_signal_(std::move(pending_signal)) {}

UnitRunner& LoadedModel::get(size_t model) {
  if (is_loaded(model)) return *runner_;
  runner_.reset();
  session_.reset();
  const PlannedModel& planned = plan_.models[model];
  const BeforeStep stop = [this] { stop_when_asked(pending_signal_); };
  if (!weights_ || !weights_->serve(planned)) {
    weights_.reset();
    weights_ = std::make_unique<LoadedWeights>(planned, note_, stop);
  }
  loaded_ = model;
  session_ = std::make_unique<ModelSession>(planned, *weights_, note_, phase_, stop);
  runner_ = std::make_unique<UnitRunner>(plan_, planned, *session_, pending_signal_, phase_);
  return *runner_;
}

}  // namespace skipbench
