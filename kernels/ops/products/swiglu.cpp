#include "kernels/ops/products/swiglu.h"

#include <ATen/ATen.h>

#include "kernels/ops/device/cuda_scope.h"
#include "kernels/ops/device/profile.h"
#include "kernels/ops/device/slow_path.h"
#include "kernels/ops/products/swiglu_cuda.h"

namespace skipbench::ops {
namespace {

bool swiglu_has_kernel(const at::Tensor& gate_up) {
  return has_kernel(gate_up) && last_is_contiguous(gate_up);
}

at::Tensor swiglu_cuda(const at::Tensor& gate_up, int64_t width) {
  at::Tensor out = at::empty({gate_up.size(0), width}, gate_up.options());
  const CudaScope scope(gate_up);
  launch_swiglu({.element = element_of(gate_up),
                 .gate_up = gate_up.const_data_ptr(),
                 .gate_up_stride = gate_up.stride(0),
                 .out = out.mutable_data_ptr(),
                 .rows = out.size(0),
                 .width = width},
                scope.stream());
  return out;
}

}  // namespace

at::Tensor swiglu(const at::Tensor& gate_up) {
  const ProfileScope timed(OpGroup::kOther);
  const int64_t width = gate_up.size(1) / 2;
  if constexpr (kWithCuda) {
    if (swiglu_has_kernel(gate_up)) return swiglu_cuda(gate_up, width);
  }
  note_no_kernel("swiglu", gate_up);
  return at::silu(gate_up.narrow(1, 0, width)).mul_(gate_up.narrow(1, width, width));
}

}  // namespace skipbench::ops
