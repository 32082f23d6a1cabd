#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "kernels/model/work_meter.h"
#include "methods/sparse/block_score_parameters.h"

namespace skipbench {

/// r(B_j), SlimInfer's score of a block of tokens (arXiv 2508.06447): the maximum over its units of
/// what the unit is worth to the last queries, their mean over query heads. Blocks are formed of
/// the first `tokens` of the keys. queries: [w, H, d], of the last w keys' tokens; keys: [K, Hkv,
/// d]; both rotated; result [B] fp32.
at::Tensor block_scores(const at::Tensor& queries, const at::Tensor& keys, int64_t tokens,
                        const BlockScoreParameters& parameters, WorkMeter& meter);

/// The mean key of each unit, of a partial one over the keys it has: [T, Hkv, d] to [Hkv, d, U]
/// fp32.
at::Tensor unit_keys(const at::Tensor& keys, int64_t unit);

/// The same scores from the units' mean keys [Hkv, d, U]; score: dot or abs.
at::Tensor block_scores_of_units(const at::Tensor& queries, const at::Tensor& unit_keys,
                                 const BlockScoreParameters& parameters, WorkMeter& meter);

}  // namespace skipbench
