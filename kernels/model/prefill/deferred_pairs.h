#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "kernels/model/activity.h"
#include "kernels/model/model_config.h"
#include "kernels/model/work_meter.h"

namespace skipbench {

/// Counts `pairs` query-key pairs that a layer attended to.
void count_attended(int64_t pairs, const ModelConfig& config, LayerActivity& layer,
                    WorkMeter& work);

/// Query-key pairs attended to whose number only the device knows. They stay there while the layers
/// are queued and are read after them in one copy, so that no layer waits for the device.
class DeferredPairs {
 public:
  /// `pairs`: [] int64 on the device, of the layer.
  void add(int64_t layer, at::Tensor pairs);

  /// Counts all of them in their layers and in `work`; none is left. Waits for the device unless
  /// there was none.
  void settle(const ModelConfig& config, std::vector<LayerActivity>& layers, WorkMeter& work);

 private:
  std::vector<int64_t> layers_;
  std::vector<at::Tensor> pairs_;  // each [] int64
};

}  // namespace skipbench
