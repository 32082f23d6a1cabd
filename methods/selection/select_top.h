#pragma once

#include <ATen/core/Tensor.h>

#include "kernels/model/token_rows.h"
#include "methods/selection/forced_tokens.h"

namespace skipbench {

/// The `budget` highest of the T scores, ascending; ties go to the lower rank; deterministic.
/// Forced tokens take places inside the budget (which grows where it is smaller than they are), or
/// are added on top: then the count depends on the scores, and asking for it waits for the device.
/// A budget below 1 counts as 1; one that reaches T selects all, and the scores may be undefined.
/// scores: [T] fp32.
TokenRows select_top(const at::Tensor& scores, int64_t budget, int64_t live,
                     const ForcedTokens& forced);

/// The tokens where `chosen` [T] bool is true, which it overwrites, and the forced ones on top.
/// Waits for the device.
TokenRows select_where(at::Tensor chosen, const ForcedTokens& forced);

/// `inner`, a selection among the rows of `outer`, as ranks among the tokens that `outer` selects
/// from.
TokenRows select_within(const TokenRows& outer, const TokenRows& inner, at::Device device);

}  // namespace skipbench
