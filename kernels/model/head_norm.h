#pragma once

#include <ATen/core/Tensor.h>

namespace skipbench {

/// RMS norm of every head in place, before RoPE, in models that have one (Qwen3); nothing where
/// `weight` is undefined. heads: [M, heads, d], last dimension contiguous; weight: [d].
void normalise_heads_(const at::Tensor& heads, const at::Tensor& weight, double epsilon);

}  // namespace skipbench
