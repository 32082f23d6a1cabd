#pragma once

#include <ATen/core/Tensor.h>

namespace skipbench {

/// a * b^T by heads, summed in fp32 whatever the inputs are: query-key scores of a method's own.
/// a: [n, rows, d]; b: [n, columns, d]; result [n, rows, columns] fp32.
at::Tensor wide_product(const at::Tensor& a, const at::Tensor& b);

}  // namespace skipbench
