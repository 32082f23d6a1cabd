#include "kernels/model/head_norm.h"

#include <ATen/ATen.h>

#include "kernels/ops/rows/rms_norm.h"

namespace skipbench {

void normalise_heads_(const at::Tensor& heads, const at::Tensor& weight, double epsilon) {
  if (!weight.defined()) return;
  const at::Tensor rows = heads.reshape({-1, heads.size(2)}).contiguous();  // [M * heads, d]
  heads.copy_(ops::rms_norm(rows, weight, epsilon).view(heads.sizes()));
}

}  // namespace skipbench
