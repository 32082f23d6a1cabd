#include "kernels/ops/swiglu.h"

#include <ATen/ATen.h>

#include "kernels/base/check.h"
#include "kernels/ops/cuda_scope.h"
#include "kernels/ops/profile.h"
#include "kernels/ops/swiglu_cuda.h"

namespace skipbench::ops {
namespace {

bool swiglu_has_kernel(const at::Tensor& gate_up) {
  return has_kernel(gate_up) && last_is_contiguous(gate_up);
}

void swiglu_cuda(at::Tensor& out, const at::Tensor& gate_up) {
  const CudaScope scope(gate_up);
  launch_swiglu({.element = element_of(gate_up),
                 .gate_up = gate_up.const_data_ptr(),
                 .gate_up_stride = gate_up.stride(0),
                 .out = out.mutable_data_ptr(),
                 .rows = out.size(0),
                 .width = out.size(1)},
                scope.stream());
}

}  // namespace

at::Tensor swiglu(const at::Tensor& gate_up) {
  const ProfileScope timed(OpGroup::kOther);
  const int64_t width = gate_up.size(1) / 2;
  if constexpr (kWithCuda) {
    if (swiglu_has_kernel(gate_up)) {
      at::Tensor out = at::empty({gate_up.size(0), width}, gate_up.options());
      swiglu_cuda(out, gate_up);
      return out;
    }
  }
  return at::silu(gate_up.narrow(1, 0, width)).mul_(gate_up.narrow(1, width, width));
}

void swiglu_out(at::Tensor out, const at::Tensor& gate_up) {
  const ProfileScope timed(OpGroup::kOther);
  require(out.dim() == 2 && gate_up.dim() == 2 && out.size(0) == gate_up.size(0) &&
              2 * out.size(1) == gate_up.size(1) && out.is_contiguous() &&
              out.scalar_type() == gate_up.scalar_type(),
          "swiglu_out: {} into {}", gate_up.sizes(), out.sizes());
  if constexpr (kWithCuda) {
    if (swiglu_has_kernel(gate_up)) return swiglu_cuda(out, gate_up);
  }
  out.copy_(swiglu(gate_up));
}

}  // namespace skipbench::ops
