#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace skipbench::ops {

/// The rows of x in the order of the list: x[rows]. x: [T, ...], any dtype; rows: [M] int64;
/// result [M, ...] contiguous. Bytes on CUDA: 2 x those of the result.
at::Tensor gather_rows(const at::Tensor& x, const at::Tensor& rows);

/// The same into out: [M, ...], contiguous, of x's dtype.
void gather_rows_out(at::Tensor out, const at::Tensor& x, const at::Tensor& rows);

/// x[rows] += update in place. x: [T, D]; rows: [M] int64, unique (otherwise the result is
/// undefined on CUDA); update: [M, D]. Bytes on CUDA: 3 x M x D elements.
void scatter_add_rows_(at::Tensor x, const at::Tensor& rows, const at::Tensor& update);

/// The L2 norm of each row, times its scale where one is given. x: [T, D]; scale: [T] fp32 or
/// undefined; result [T] fp32. Bytes on CUDA: T x D elements.
at::Tensor row_norms(const at::Tensor& x, const at::Tensor& scale = {});

/// The mean key of each block of `block` tokens, the last one over the keys it has.
/// keys: [T, Hkv, d], T >= 1, any row stride; result [ceil(T / block), Hkv, d] fp32. Bytes on CUDA:
/// T x Hkv x d elements.
at::Tensor block_mean_keys(const at::Tensor& keys, int64_t block);

}  // namespace skipbench::ops
