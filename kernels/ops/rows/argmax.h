#pragma once

#include <ATen/core/Tensor.h>

namespace skipbench::ops {

/// The id of the largest logit of each row; ties go to the lower id, a NaN counts as the largest.
/// logits: [V] or [n, V]; result [1] or [n] int64 on the same device; nothing waits for it.
at::Tensor argmax_token(const at::Tensor& logits);

/// The same into tokens: [n] int64, contiguous.
void argmax_token_out(at::Tensor tokens, const at::Tensor& logits);

}  // namespace skipbench::ops
