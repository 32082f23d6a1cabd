#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "methods/interface/method.h"

namespace skipbench {

/// The layers whose FFN may be skipped, [begin, end) of all.
struct MiddleLayers {
  int64_t begin = 0, end = 0, layers = 0;
};

/// How little each FFN turns the residual stream: cos(h, h + F(h)) of every token of the texts in
/// every layer, full model. Tensor "cosines" [L, G] fp32. Throws InputError when there is no token.
/// Source: FFN-SkipLLM, arXiv 2404.03865.
Artefact calibrate_ffn_cosines(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                               const CalibrationStep& before_step);

/// Share of all FFNs that FFN-SkipLLM's rule skips at a threshold, if a token's cosines stay what
/// they are in the full model. cosines: [L, G] on the CPU.
double skipped_share(const at::Tensor& cosines, double threshold, int64_t skip_run,
                     const MiddleLayers& middle);

/// The threshold at which the calibration texts come nearest to `target`, by bisection; 2, which is
/// never reached, for a target of 0. Throws InputError naming the largest share there can be.
double threshold_for(const Artefact& artefact, double target, int64_t skip_run,
                     const MiddleLayers& middle);

}  // namespace skipbench
