#include "harness/measure/fidelity.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace skipbench {

double kl_divergence(const at::Tensor& reference, const at::Tensor& other) {
  const at::Tensor p = at::log_softmax(reference.to(at::kDouble), -1);
  const at::Tensor q = at::log_softmax(other.to(at::kDouble), -1);
  // Rounding can leave a sum of almost nothing below zero.
  return (p.exp() * (p - q)).sum(-1).clamp_min(0).mean().item<double>();
}

double greedy_match(const std::vector<int32_t>& reference, const std::vector<int32_t>& other) {
  const size_t longer = std::max(reference.size(), other.size());
  if (longer == 0) return 1.0;
  const size_t both = std::min(reference.size(), other.size());
  size_t equal = 0;
  for (size_t i = 0; i < both; ++i) equal += reference[i] == other[i] ? 1 : 0;
  return static_cast<double>(equal) / static_cast<double>(longer);
}

}  // namespace skipbench
