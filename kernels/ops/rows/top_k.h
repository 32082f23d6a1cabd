#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace skipbench::ops {

/// Ranks that are chosen whatever their scores: the `first` lowest and the `last` highest.
struct ForcedRanks {
  int64_t first = 0, last = 0;
};

/// The ranks of the k largest scores, ascending; ties go to the lower rank; deterministic. A NaN
/// counts as the smallest score; forced ranks count among the k. scores: [T], or [H, T] to choose
/// in each row by itself; 1 <= k <= T; forced.first + forced.last <= k; result [k] or [H, k] int64.
/// On CUDA one launch, in fp32; nothing waits for it.
at::Tensor top_k_rows(const at::Tensor& scores, int64_t k, const ForcedRanks& forced = {});

}  // namespace skipbench::ops
