#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/ops/products/low_rank_ffn.h"
#include "methods/calibration/ltp_parameters.h"
#include "methods/interface/method.h"

namespace skipbench {

class LayerContext;

/// The low-rank proxies of the FFNs of the layers that skip, ready to run.
/// Source: SPTS, arXiv 2601.13155, low-rank transformation probing.
class LtpProxies {
 public:
  /// From the artefact that calibrate_ltp() learned. Throws ContractError when a layer is missing.
  LtpProxies(const Artefact& artefact, int64_t first_layer, int64_t layers, at::Device device,
             at::ScalarType dtype);

  /// C: the predicted ||F(x)|| of each living token, [T] fp32. With V_d's rows orthonormal,
  /// ||f(x)|| = ||h U_d||, so the last product is never made. Times `weights` [T] fp32 where they
  /// are given. Counted as probing.
  at::Tensor predicted_norms(LayerContext& layer, const at::Tensor& weights = {}) const;

 private:
  int64_t first_layer_;
  std::vector<ops::LowRankFfn> layers_;
};

/// "layer12.gate_u"
std::string ltp_tensor_name(int64_t layer, std::string_view part);

}  // namespace skipbench
