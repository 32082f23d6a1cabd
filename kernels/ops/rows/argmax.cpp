#include "kernels/ops/rows/argmax.h"

#include <ATen/ATen.h>

#include "kernels/base/check.h"
#include "kernels/ops/device/cuda_scope.h"
#include "kernels/ops/device/profile.h"
#include "kernels/ops/device/slow_path.h"
#include "kernels/ops/rows/argmax_cuda.h"

namespace skipbench::ops {
namespace {

void argmax_cuda(at::Tensor& tokens, const at::Tensor& rows) {
  const at::Tensor partial = at::empty({rows.size(0), kArgmaxParts}, tokens.options());
  const CudaScope scope(rows);
  launch_argmax({.element = element_of(rows),
                 .logits = rows.const_data_ptr(),
                 .stride = rows.stride(0),
                 .partial = static_cast<uint64_t*>(partial.mutable_data_ptr()),
                 .tokens = tokens.mutable_data_ptr<int64_t>(),
                 .rows = rows.size(0),
                 .width = rows.size(1)},
                scope.stream());
}

}  // namespace

void argmax_token_out(at::Tensor tokens, const at::Tensor& logits) {
  const at::Tensor rows = logits.dim() == 1 ? logits.unsqueeze(0) : logits;  // [n, V]
  require(rows.dim() == 2 && rows.size(1) >= 1 && tokens.dim() == 1 &&
              tokens.size(0) == rows.size(0) && tokens.scalar_type() == at::kLong &&
              tokens.is_contiguous(),
          "argmax_token: logits {} into tokens {}", logits.sizes(), tokens.sizes());
  const ProfileScope timed(OpGroup::kOther);
  if constexpr (kWithCuda) {
    if (has_kernel(rows) && last_is_contiguous(rows)) return argmax_cuda(tokens, rows);
  }
  note_no_kernel("argmax", rows);
  tokens.copy_(rows.argmax(1));
}

at::Tensor argmax_token(const at::Tensor& logits) {
  const int64_t rows = logits.dim() == 1 ? 1 : logits.size(0);
  at::Tensor tokens = at::empty({rows}, logits.options().dtype(at::kLong));
  argmax_token_out(tokens, logits);
  return tokens;
}

}  // namespace skipbench::ops
