#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace skipbench::ops {

/// The ranks of the k largest scores, ascending; ties go to the lower rank; deterministic. A NaN
/// counts as the smallest score. scores: [T], or [H, T] to choose in each row by itself; 1 <= k <=
/// T; result [k] or [H, k] int64. On CUDA one launch, in fp32; nothing waits for it.
at::Tensor top_k_rows(const at::Tensor& scores, int64_t k);

}  // namespace skipbench::ops
