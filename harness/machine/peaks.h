#pragma once

#include <ATen/core/Tensor.h>

namespace skipbench {

/// The operands of a large product, as a model has them: activations and weights, both [n, n] and
/// normally distributed. Bits that do not change draw less power, so that a GPU multiplies constant
/// matrices at a clock, and a rate, that no model reaches.
struct MatrixOperands {
  at::Tensor activations, weights;
};
MatrixOperands matrix_operands(int64_t n, at::Device device, at::ScalarType dtype);

/// Random bytes, for the same reason.
at::Tensor copy_source(int64_t bytes, at::Device device);

/// Floating-point operations per second of a large matrix product as the core multiplies
/// (ops::linear) matrix_operands(), measured now: the best of a few runs of about `milliseconds`
/// altogether.
double matrix_rate(at::Device device, at::ScalarType dtype, double milliseconds = 500);

/// Bytes per second that a large copy of copy_source() moves (read and written), measured now.
double copy_rate(at::Device device, double milliseconds = 500);

}  // namespace skipbench
