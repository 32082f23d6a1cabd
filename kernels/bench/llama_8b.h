#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace skipbench::bench {

/// The shape of LLaMA-3.1-8B, in which everything here is measured.
inline constexpr int64_t kLayers = 32, kWidth = 4096, kFfnWidth = 14336, kHeads = 32, kKvHeads = 8,
                         kHeadSize = 128, kVocabulary = 128256;
inline constexpr int64_t kKeyWidth = kKvHeads * kHeadSize, kQueryWidth = kHeads * kHeadSize,
                         kFusedWidth = kQueryWidth + 2 * kKeyWidth;

/// Normally distributed bf16 on the GPU, times `scale`: nothing is ever timed on zeros.
at::Tensor random(at::IntArrayRef shape, double scale = 1);

}  // namespace skipbench::bench
