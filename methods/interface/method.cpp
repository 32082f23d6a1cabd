#include "methods/interface/method.h"

#include "kernels/model/work_meter.h"

namespace skipbench {

Artefact Method::calibrate(Decoder&, std::span<const std::vector<int32_t>>,
                           const CalibrationStep&) const {
  return {};
}

double Method::calibration_flops(const ModelConfig& config, at::ScalarType,
                                 std::span<const std::vector<int32_t>> texts) const {
  double flops = 0;
  for (const auto& text : texts) {
    flops += static_cast<double>(full_prefill_flops(config, static_cast<int64_t>(text.size())));
  }
  return flops;
}

void Method::use_artefact(const Artefact&, at::Device, at::ScalarType) {}

}  // namespace skipbench
