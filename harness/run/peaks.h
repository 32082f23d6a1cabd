#pragma once

#include <ATen/core/Tensor.h>

namespace skipbench {

/// Floating-point operations per second of a large matrix product as the core multiplies
/// (ops::linear), measured now: the best of a few runs of about `milliseconds` altogether.
double matrix_rate(at::Device device, at::ScalarType dtype, double milliseconds = 500);

/// Bytes per second that a large copy moves (read and written), measured now.
double copy_rate(at::Device device, double milliseconds = 500);

}  // namespace skipbench
