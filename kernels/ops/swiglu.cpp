#include "kernels/ops/swiglu.h"

#include <ATen/ATen.h>

namespace skipbench::ops {

at::Tensor swiglu(const at::Tensor& gate_up) {
  const int64_t width = gate_up.size(1) / 2;
  return at::silu(gate_up.narrow(1, 0, width)).mul_(gate_up.narrow(1, width, width));
}

}  // namespace skipbench::ops
