#pragma once

#include <ATen/core/Tensor.h>

namespace skipbench::ops {

/// What goes before a product in a decoder layer: x's RMS norm, or nothing where weight is
/// undefined.
struct NormPrologue {
  at::Tensor weight = {};  // [in]
  double epsilon = 0;
};

/// Matrix-vector products for one row, the work of a decode step. On CUDA each is one launch that
/// reads the weights once, on the current stream, without allocating or waiting: they can be
/// captured. On the CPU they are LibTorch's products. x: [1, in]; weight: [out, in], any row
/// stride.

/// y = norm(x) W^T + bias. y: [1, out] in x's dtype or fp32; bias: [out] or undefined.
void gemv_out(at::Tensor y, const at::Tensor& x, const at::Tensor& weight,
              const at::Tensor& bias = {}, const NormPrologue& norm = {});

/// The same into a new tensor in x's dtype.
at::Tensor gemv(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias = {},
                const NormPrologue& norm = {});

/// y += x W^T: the residual stream takes a block's output. y: [1, out] in x's dtype or fp32.
void gemv_add_(at::Tensor y, const at::Tensor& x, const at::Tensor& weight);

/// y = silu(gate) * up of the fused weights gate_up: [2 F, in], gate first; y: [1, F] in x's dtype.
void gemv_swiglu_out(at::Tensor y, const at::Tensor& x, const at::Tensor& gate_up,
                     const NormPrologue& norm = {});

}  // namespace skipbench::ops
