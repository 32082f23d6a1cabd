#pragma once

#include <ATen/core/Tensor.h>

namespace skipbench {

/// In each row, the fewest entries that hold at least `share` of the row's sum, the highest first;
/// ties go to the lower index. A share of 1 or more takes every entry, whatever the sums round to.
/// Forced entries come before all others and count. Nothing waits for the device. scores: [..., n]
/// fp32, none negative; forced: bool, of that shape or broadcast to it; result [..., n] bool.
at::Tensor select_share(const at::Tensor& scores, double share, const at::Tensor& forced);

/// The same, `count` entries in each row at least (all, where there are fewer).
at::Tensor select_share(const at::Tensor& scores, double share, const at::Tensor& forced,
                        int64_t count);

}  // namespace skipbench
