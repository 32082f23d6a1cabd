#include "kernels/ops/rows/rms_norm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>

#include "kernels/base/check.h"
#include "kernels/ops/device/cuda_scope.h"
#include "kernels/ops/device/profile.h"
#include "kernels/ops/device/slow_path.h"
#include "kernels/ops/rows/rms_norm_cuda.h"
#include "kernels/ops/rows/rows.h"

namespace skipbench::ops {
namespace {

// Sixteen running sums: enough independent additions for the compiler to vectorise.
float sum_of_squares(const float* x, int64_t size) {
  constexpr int64_t kLanes = 16;
  float lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += x[i + lane] * x[i + lane];
  }
  float sum = 0;
  for (; i < size; ++i) sum += x[i] * x[i];
  for (const float lane : lanes) sum += lane;
  return sum;
}

at::Tensor rms_norm_cpu(const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  const int64_t width = x.size(1);
  at::Tensor result = at::empty_like(x);
  const float* const in = x.const_data_ptr<float>();
  const float* const scale = weight.const_data_ptr<float>();
  float* const out = result.mutable_data_ptr<float>();
  at::parallel_for(0, x.size(0), 16, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float* const a = in + row * width;
      float* const b = out + row * width;
      const float mean = sum_of_squares(a, width) / static_cast<float>(width);
      const float inverse = 1.0F / std::sqrt(mean + static_cast<float>(epsilon));
      for (int64_t i = 0; i < width; ++i) b[i] = a[i] * inverse * scale[i];
    }
  });
  return result;
}

bool norm_has_kernel(const at::Tensor& x, const at::Tensor& weight) {
  return has_kernel(x) && x.dim() == 2 && last_is_contiguous(x) && weight.is_contiguous() &&
         weight.scalar_type() == x.scalar_type();
}

// rows: undefined for all of x.
at::Tensor rms_norm_cuda(const at::Tensor& x, const at::Tensor& rows, const at::Tensor& weight,
                         double epsilon) {
  const int64_t count = rows.defined() ? rows.size(0) : x.size(0);
  at::Tensor out = at::empty({count, x.size(1)}, x.options());
  const CudaScope scope(x);
  launch_rms_norm({.element = element_of(x),
                   .x = x.const_data_ptr(),
                   .x_stride = x.stride(0),
                   .gather = rows.defined() ? rows.const_data_ptr<int64_t>() : nullptr,
                   .weight = weight.const_data_ptr(),
                   .out = out.mutable_data_ptr(),
                   .rows = count,
                   .width = x.size(1),
                   .epsilon = static_cast<float>(epsilon)},
                  scope.stream());
  return out;
}

// rows: undefined when every row is updated.
at::Tensor add_rms_norm_cuda(at::Tensor& hidden, const at::Tensor& rows, const at::Tensor& update,
                             const at::Tensor& weight, double epsilon) {
  at::Tensor out = at::empty_like(hidden);
  const CudaScope scope(hidden);
  launch_add_rms_norm({.element = element_of(hidden),
                       .hidden = hidden.mutable_data_ptr(),
                       .update = update.const_data_ptr(),
                       .selected = rows.defined() ? rows.const_data_ptr<int64_t>() : nullptr,
                       .weight = weight.const_data_ptr(),
                       .out = out.mutable_data_ptr(),
                       .rows = hidden.size(0),
                       .updates = update.size(0),
                       .width = hidden.size(1),
                       .epsilon = static_cast<float>(epsilon)},
                      scope.stream());
  return out;
}

bool add_has_kernel(const at::Tensor& hidden, const at::Tensor& update, const at::Tensor& weight) {
  return norm_has_kernel(hidden, weight) && hidden.is_contiguous() && update.is_contiguous() &&
         update.scalar_type() == hidden.scalar_type();
}

}  // namespace

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  const ProfileScope timed(OpGroup::kNorm);
  if constexpr (kWithCuda) {
    if (norm_has_kernel(x, weight)) return rms_norm_cuda(x, {}, weight, epsilon);
  }
  note_no_kernel("rms_norm", x);
  if (x.is_cpu() && x.scalar_type() == at::kFloat && x.dim() == 2 && x.is_contiguous()) {
    return rms_norm_cpu(x, weight, epsilon);
  }
  return at::rms_norm(x, weight.sizes(), weight, epsilon);
}

at::Tensor gather_rms_norm(const at::Tensor& x, const at::Tensor& rows, const at::Tensor& weight,
                           double epsilon) {
  const ProfileScope timed(OpGroup::kNorm);
  if constexpr (kWithCuda) {
    if (norm_has_kernel(x, weight) && rows.is_contiguous()) {
      return rms_norm_cuda(x, rows, weight, epsilon);
    }
  }
  note_no_kernel("gather_rms_norm", x);
  return rms_norm(x.index_select(0, rows), weight, epsilon);
}

at::Tensor add_rms_norm_(at::Tensor hidden, const at::Tensor& update, const at::Tensor& weight,
                         double epsilon) {
  const ProfileScope timed(OpGroup::kNorm);
  require(hidden.sizes() == update.sizes(), "add_rms_norm_: an update {} of hidden {}",
          update.sizes(), hidden.sizes());
  if constexpr (kWithCuda) {
    if (add_has_kernel(hidden, update, weight)) {
      return add_rms_norm_cuda(hidden, {}, update, weight, epsilon);
    }
  }
  note_no_kernel("add_rms_norm", hidden);
  return rms_norm(hidden.add_(update), weight, epsilon);
}

at::Tensor add_rms_norm_(at::Tensor hidden, const at::Tensor& rows, const at::Tensor& update,
                         const at::Tensor& weight, double epsilon) {
  const ProfileScope timed(OpGroup::kNorm);
  require(update.size(0) == rows.size(0) && update.size(1) == hidden.size(1),
          "add_rms_norm_: an update {} of {} rows of hidden {}", update.sizes(), rows.size(0),
          hidden.sizes());
  if (rows.size(0) == 0) return rms_norm(hidden, weight, epsilon);
  if constexpr (kWithCuda) {
    if (add_has_kernel(hidden, update, weight) && rows.is_contiguous()) {
      return add_rms_norm_cuda(hidden, rows, update, weight, epsilon);
    }
  }
  note_no_kernel("add_rms_norm", hidden);
  scatter_add_rows_(hidden, rows, update);
  return rms_norm(hidden, weight, epsilon);
}

}  // namespace skipbench::ops
