#pragma once

#include <ATen/core/Tensor.h>

namespace skipbench::ops {

/// x / sqrt(mean(x^2) + epsilon) * weight over the last dimension, statistics in fp32.
/// x: [M, D]; weight: [D]; result [M, D] in x's dtype.
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double epsilon);

}  // namespace skipbench::ops
