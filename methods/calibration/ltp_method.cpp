#include "methods/calibration/ltp_method.h"

#include "methods/calibration/ltp_calibration.h"

namespace skipbench {

void LtpMethod::learn(const LtpShape& shape, int64_t first_layer, const ModelConfig& config) {
  shape_ = shape;
  first_layer_ = first_layer;
  layers_ = config.layers;
}

Json LtpMethod::artefact_key() const {
  return shape_ ? ltp_artefact_key(*shape_) : Json(nullptr);
}

Artefact LtpMethod::calibrate(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                              const CalibrationStep& before_step) const {
  return calibrate_ltp(decoder, texts, shape_.value(), before_step);
}

double LtpMethod::calibration_flops(const ModelConfig& config, at::ScalarType dtype,
                                    std::span<const std::vector<int32_t>> texts) const {
  return ltp_calibration_flops(config, dtype, texts);
}

void LtpMethod::use_artefact(const Artefact& artefact, at::Device device, at::ScalarType dtype) {
  proxies_.emplace(artefact, first_layer_, layers_, device, dtype);
}

}  // namespace skipbench
