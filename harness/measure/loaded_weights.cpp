#include "harness/measure/loaded_weights.h"

#include <fmt/format.h>

#include <tuple>

#include "harness/machine/device_memory.h"
#include "harness/machine/dtype.h"

namespace skipbench {

LoadedWeights::LoadedWeights(const PlannedModel& planned,
                             const std::function<void(const std::string&)>& note,
                             const BeforeStep& before_step)
    : hash_(planned.info.hash), device_(planned.device), dtype_(planned.dtype) {
  note(fmt::format("loading weights of {} on {} ({})", planned.name, planned.device_name,
                   dtype_name(dtype_)));
  failure_ = failure_of(device_, [&] {
    checkpoint_ = load_checkpoint(planned.spec.checkpoint, device_, dtype_);
    decoder_ = std::make_unique<Decoder>(*checkpoint_.model);
    check_.emplace(*decoder_, before_step);
  });
  if (!failure_) return;
  note(fmt::format("{} cannot be loaded: {}", planned.name, failure_->reason));
  check_.reset();
  decoder_.reset();
  checkpoint_ = {};
  release_cached_memory(device_);
}

bool LoadedWeights::serve(const PlannedModel& planned) const {
  return !failure_ && std::tie(hash_, device_, dtype_) ==
                          std::tie(planned.info.hash, planned.device, planned.dtype);
}

}  // namespace skipbench
