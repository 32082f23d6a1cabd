#pragma once

#include <ATen/core/Tensor.h>

namespace skipbench {

/// The scores sorted, highest first or lowest first, and added up as shares of their sum: entry i
/// is the share of the first i + 1. What methods with a coverage count their tokens by. scores:
/// [n], none negative; result [n] fp64, ascending, its last entry about 1.
at::Tensor cumulative_shares(const at::Tensor& scores, bool highest_first);

}  // namespace skipbench
