#include "kernels/ops/linear.h"

#include <ATen/ATen.h>

#include "kernels/ops/profile.h"
#include "kernels/ops/row_buffer.h"

namespace skipbench::ops {

at::Tensor linear(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b) {
  const ProfileScope timed(OpGroup::kGemm);
  return at::linear(x, w, b);
}

at::Tensor linear_with_room(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b) {
  const ProfileScope timed(OpGroup::kGemm);
  if (!x.is_cuda()) return at::linear(x, w, b);
  at::Tensor out = empty_with_room(x.size(0), w.size(0), x.options());
  return b.defined() ? at::addmm_out(out, b, x, w.t()) : at::mm_out(out, x, w.t());
}

void linear_out(at::Tensor y, const at::Tensor& x, const at::Tensor& w) {
  const ProfileScope timed(OpGroup::kGemm);
  at::mm_out(y, x, w.t());
}

void linear_add_(at::Tensor y, const at::Tensor& x, const at::Tensor& w) {
  const ProfileScope timed(OpGroup::kGemm);
  if (y.is_cuda()) {
    y.addmm_(x, w.t());
  } else {
    y.add_(at::linear(x, w));
  }
}

}  // namespace skipbench::ops
