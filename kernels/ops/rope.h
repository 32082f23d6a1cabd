#pragma once

#include <ATen/core/Tensor.h>

namespace skipbench::ops {

/// Rotates x in place (rotate-half convention: element i pairs with i + d/2).
/// x: [M, heads, d], last dimension contiguous; cosine, sine: [M, d / 2] fp32. Computed in fp32.
void rope_(at::Tensor x, const at::Tensor& cosine, const at::Tensor& sine);

/// The same in LibTorch's operators: what runs off the CPU, and what the CPU's loop is tested with.
void rope_reference_(at::Tensor x, const at::Tensor& cosine, const at::Tensor& sine);

}  // namespace skipbench::ops
