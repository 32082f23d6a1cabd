#include "kernels/ops/rms_norm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>

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

}  // namespace

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  if (x.is_cpu() && x.scalar_type() == at::kFloat && x.dim() == 2 && x.is_contiguous()) {
    return rms_norm_cpu(x, weight, epsilon);
  }
  return at::rms_norm(x, weight.sizes(), weight, epsilon);
}

}  // namespace skipbench::ops
