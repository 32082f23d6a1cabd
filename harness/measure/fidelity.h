#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace skipbench {

/// Kullback-Leibler divergence KL(reference || other) of next-token distributions, in nats, from
/// fp32 logits [V], or the mean over n of them, [n, V]; computed in double where they lie.
double kl_divergence(const at::Tensor& reference, const at::Tensor& other);

/// Share of positions with the same token, of the longer of the two; 1 when both are empty.
double greedy_match(const std::vector<int32_t>& reference, const std::vector<int32_t>& other);

}  // namespace skipbench
