#pragma once

#include <ATen/core/Tensor.h>

namespace skipbench::ops {

/// silu(gate) * up of the fused product. gate_up: [M, 2 F], gate first; result [M, F]. On CUDA one
/// launch on the current stream: 3 x M x F elements.
at::Tensor swiglu(const at::Tensor& gate_up);

}  // namespace skipbench::ops
