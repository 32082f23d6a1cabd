#include "harness/measure/model_loads.h"

#include <algorithm>
#include <filesystem>

#include "harness/calibrate/artefact_file.h"

namespace skipbench {
namespace {

// So many workers a place may lose to a model in a row.
constexpr int kLossesAllowed = 2;

bool artefacts_are_kept(const PlannedModel& model) {
  return std::all_of(model.methods.begin(), model.methods.end(), [](const PlannedMethod& method) {
    return method.artefact_hash.empty() ||
           std::filesystem::is_regular_file(artefact_file(method.artefact_hash));
  });
}

}  // namespace

ModelLoads::ModelLoads(const Plan& plan, size_t workers) {
  for (const PlannedModel& model : plan.models) {
    State& state = states_.emplace_back();
    state.calibrated = artefacts_are_kept(model);
    state.losses.assign(workers, 0);
  }
}

void ModelLoads::loaded(size_t model, size_t worker) {
  states_[model].loaded = true;
  states_[model].losses[worker] = 0;
}

void ModelLoads::lost(size_t model, size_t worker, const std::string& how) {
  ++states_[model].losses[worker];
  states_[model].reason = how;
}

bool ModelLoads::wants_one_alone(size_t model) const {
  const State& state = states_[model];
  const bool any_lost =
      std::any_of(state.losses.begin(), state.losses.end(), [](int losses) { return losses > 0; });
  return !state.loaded && (!state.calibrated || any_lost);
}

bool ModelLoads::is_given_up(size_t model, size_t worker) const {
  return states_[model].losses[worker] >= kLossesAllowed;
}

bool ModelLoads::is_given_up(size_t model) const {
  const std::vector<int>& losses = states_[model].losses;
  return std::all_of(losses.begin(), losses.end(),
                     [](int count) { return count >= kLossesAllowed; });
}

}  // namespace skipbench
