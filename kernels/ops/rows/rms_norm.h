#pragma once

#include <ATen/core/Tensor.h>

namespace skipbench::ops {

/// x / sqrt(mean(x^2) + epsilon) * weight over the last dimension, statistics in fp32.
/// x: [M, D]; weight: [D]; result [M, D] in x's dtype. On CUDA one launch on the current stream
/// that reads x once: 2 x M x D elements.
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double epsilon);

/// The norm of the selected rows alone: rms_norm(x[rows]) without the gathered copy.
/// x: [T, D]; rows: [M] int64; result [M, D]. Bytes: 2 x M x D elements.
at::Tensor gather_rms_norm(const at::Tensor& x, const at::Tensor& rows, const at::Tensor& weight,
                           double epsilon);

/// hidden += update in place, rounded to its dtype; returns the norm of hidden. hidden, update:
/// [T, D], contiguous on CUDA; result [T, D]. One pass: 4 x T x D elements.
at::Tensor add_rms_norm_(at::Tensor hidden, const at::Tensor& update, const at::Tensor& weight,
                         double epsilon);

/// hidden[rows] += update in place; returns the norm of ALL rows of hidden: [T, D]. hidden: [T, D];
/// rows: [M] int64, ascending and unique; update: [M, D]. One launch, which looks each row up in
/// the list: 2 x (T + M) x D elements.
at::Tensor add_rms_norm_(at::Tensor hidden, const at::Tensor& rows, const at::Tensor& update,
                         const at::Tensor& weight, double epsilon);

}  // namespace skipbench::ops
