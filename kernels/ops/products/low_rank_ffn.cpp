#include "kernels/ops/products/low_rank_ffn.h"

#include <ATen/ATen.h>

#include "kernels/ops/device/cuda_scope.h"
#include "kernels/ops/device/profile.h"
#include "kernels/ops/device/slow_path.h"
#include "kernels/ops/products/swiglu.h"
#include "kernels/ops/rows/rows.h"

namespace skipbench::ops {
namespace {

// silu(gate) * up: [T, F'].
at::Tensor gated(const at::Tensor& gate_low, const at::Tensor& up_low, const LowRankFfn& ffn) {
  if (!has_kernel(gate_low)) {
    note_no_kernel("low_rank_ffn", gate_low);
    at::Tensor h = gate_low.matmul(ffn.gate_v);
    return at::silu_(h).mul_(up_low.matmul(ffn.up_v));
  }
  // Side by side, so that one launch multiplies them.
  const int64_t width = ffn.gate_v.size(1);
  const at::Tensor gate_up = at::empty({gate_low.size(0), 2 * width}, gate_low.options());
  at::Tensor gate = gate_up.narrow(1, 0, width), up = gate_up.narrow(1, width, width);
  at::mm_out(gate, gate_low, ffn.gate_v);
  at::mm_out(up, up_low, ffn.up_v);
  return swiglu(gate_up);
}

}  // namespace

at::Tensor low_rank_ffn_norms(const at::Tensor& x, const LowRankFfn& ffn, const at::Tensor& scale) {
  const ProfileScope timed(OpGroup::kProbe);
  const int64_t rank = ffn.gate_v.size(0);
  const at::Tensor low = x.matmul(ffn.gate_up_u);  // [T, 2 r]
  const at::Tensor h = gated(low.narrow(1, 0, rank), low.narrow(1, rank, rank), ffn);
  return row_norms(h.matmul(ffn.down_u), scale);
}

}  // namespace skipbench::ops
