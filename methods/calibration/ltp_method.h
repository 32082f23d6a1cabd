#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "methods/calibration/ltp_parameters.h"
#include "methods/calibration/ltp_proxy.h"
#include "methods/interface/method.h"

namespace skipbench {

/// A method that may rank tokens by LTP's proxies, which it learns from texts.
class LtpMethod : public Method {
 public:
  Json artefact_key() const override;
  Artefact calibrate(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                     const CalibrationStep& before_step) const override;
  double calibration_flops(const ModelConfig& config, at::ScalarType dtype,
                           std::span<const std::vector<int32_t>> texts) const override;
  void use_artefact(const Artefact& artefact, at::Device device, at::ScalarType dtype) override;

 protected:
  /// Its parameters ask for proxies of this shape, in the layers from `first_layer` on.
  void learn(const LtpShape& shape, int64_t first_layer, const ModelConfig& config);
  /// Null where none are asked for, and before use_artefact().
  const LtpProxies* proxies() const { return proxies_ ? &*proxies_ : nullptr; }

 private:
  std::optional<LtpShape> shape_;
  int64_t first_layer_ = 0, layers_ = 0;
  std::optional<LtpProxies> proxies_;
};

}  // namespace skipbench
