#pragma once

#include <ATen/core/Tensor.h>

namespace skipbench::ops {

/// x W^T + b: [M, out]. x: [M, in]; w: [out, in]; b: [out] or undefined.
at::Tensor linear(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b = {});

/// x W^T + b in a buffer with room after it (row_buffer.h). x: [M, in]; w: [out, in]; b: [out] or
/// undefined; result [M, out].
at::Tensor linear_with_room(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b);

/// y = x W^T. y: [M, out], contiguous; x: [M, in]; w: [out, in].
void linear_out(at::Tensor y, const at::Tensor& x, const at::Tensor& w);

/// y += x W^T, in place. y: [M, out]; x: [M, in]; w: [out, in]. On a GPU the product adds as it
/// writes, which saves a pass over y and rounds once; on the CPU the sum is a step of its own, so
/// that it has the same bits as a product that is scattered.
void linear_add_(at::Tensor y, const at::Tensor& x, const at::Tensor& w);

}  // namespace skipbench::ops
