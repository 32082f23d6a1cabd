#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "methods/calibration/ltp_parameters.h"
#include "methods/interface/method.h"

namespace skipbench {

/// Bytes that calibration may hold at once for the tokens' FFN inputs, and again for the channel
/// activations made from them.
inline constexpr int64_t kCalibrationBytes = int64_t{1} << 30;

/// Learns the proxies of all layers: runs the texts through the model with
/// full attention, keeps the d_low FFN channels whose largest activations are largest, and
/// factorises the three pruned matrices by SVD. Layers are done in groups as large as
/// `memory_bytes` allows; each group is one pass over the texts.
/// Tensors, fp32 on the CPU, L the layer: "layerL.gate_u" and ".up_u" [D, r], ".gate_v" and ".up_v"
/// [r, d_low], ".down_u" [d_low, r]; singular values are folded into the u's.
/// Throws InputError when the texts hold no token.
/// Source: SPTS, arXiv 2601.13155, low-rank transformation probing (offline part).
Artefact calibrate_ltp(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                       const LtpShape& shape, const CalibrationStep& before_step,
                       int64_t memory_bytes = kCalibrationBytes);

/// FLOPs of calibrate_ltp(), about: its passes over the texts and what ranks the channels.
double ltp_calibration_flops(const ModelConfig& config, at::ScalarType dtype,
                             std::span<const std::vector<int32_t>> texts,
                             int64_t memory_bytes = kCalibrationBytes);

/// Importance of each FFN channel over the tokens of inputs [G, D]: the mean of the top
/// max(1, floor(top_rho x G)) values of |silu(x Wg) * (x Wu)|; `before_step` is called before each
/// group of channels and may throw. gate_up: [2 F, D]; result [F] fp32.
at::Tensor channel_importance(const at::Tensor& inputs, const at::Tensor& gate_up, double top_rho,
                              const CalibrationStep& before_step,
                              int64_t memory_bytes = kCalibrationBytes);

}  // namespace skipbench
