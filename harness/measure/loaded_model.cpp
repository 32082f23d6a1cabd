#include "harness/measure/loaded_model.h"

#include <utility>

#include "harness/machine/interrupt.h"

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
  const PromptBuilder prompts = prompts_of(planned, plan_.experiment.seed);
  UnitRules rules{plan_.experiment.seed, plan_.experiment.timing,
                  [prompts](const Sample& sample, const std::vector<int32_t>& tokens) {
                    return prompts.prediction(sample, tokens);
                  }};
  runner_ = std::make_unique<UnitRunner>(std::move(rules), planned, *session_, stop, phase_);
  return *runner_;
}

}  // namespace skipbench
