#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "kernels/model/weights.h"

namespace skipbench::bench {

/// The shape of LLaMA-3.1-8B, in which everything here is measured.
inline constexpr int64_t kLayers = 32, kWidth = 4096, kFfnWidth = 14336, kHeads = 32, kKvHeads = 8,
                         kHeadSize = 128, kVocabulary = 128256;
inline constexpr int64_t kKeyWidth = kKvHeads * kHeadSize, kQueryWidth = kHeads * kHeadSize,
                         kFusedWidth = kQueryWidth + 2 * kKeyWidth;
inline constexpr double kNormEpsilon = 1e-5;

/// Normally distributed bf16 on the GPU, times `scale`: nothing is ever timed on zeros.
at::Tensor random(at::IntArrayRef shape, double scale = 1);

/// The whole model in random weights.
Model random_llama_8b();

/// Bytes of the weights that a decode step reads: every matrix once, one row of the embedding.
double decode_weight_bytes();
/// The same with K and V of `length` cached rows.
double decode_bytes(int64_t length);

}  // namespace skipbench::bench
