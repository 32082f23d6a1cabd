#pragma once

#include <ATen/core/Tensor.h>

#include "kernels/ops/rows/cache_place.h"
#include "kernels/ops/rows/rope.h"

namespace skipbench::ops {

/// What goes before a product in a decoder layer: x's RMS norm, or nothing where weight is
/// undefined.
struct NormPrologue {
  at::Tensor weight = {};  // [in]
  double epsilon = 0;
};

/// Matrix-vector products for one row, the work of a decode step. On CUDA each is one launch that
/// reads the weights once, on the current stream, without allocating or waiting: they can be
/// captured. It begins to read the weights while the launch before still runs, which must not write
/// them: weights are a model's. On the CPU they are LibTorch's products. x: [1, in]; weight: [out,
/// in], any row stride.

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

/// One token's fused product, rotated and cached: kqv = norm(x) W^T + bias, whose K and Q heads are
/// rotated by `rotation`, a single row; rotated K and plain V also go to the cache, after the rows
/// in use, which stay as many. kqv: [1, (Hkv + H + Hkv) d] in x's dtype.
void gemv_kqv_into_cache_out(at::Tensor kqv, const at::Tensor& x, const at::Tensor& weight,
                             const at::Tensor& bias, const NormPrologue& norm,
                             const RopeTables& rotation, const PlacedCache& cache);

}  // namespace skipbench::ops
