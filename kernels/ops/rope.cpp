#include "kernels/ops/rope.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace skipbench::ops {
namespace {

void rope_cpu(at::Tensor& x, const at::Tensor& cosine, const at::Tensor& sine) {
  const int64_t heads = x.size(1), half = x.size(2) / 2;
  const int64_t row_stride = x.stride(0), head_stride = x.stride(1);
  float* const data = x.mutable_data_ptr<float>();
  const float* const cosines = cosine.const_data_ptr<float>();
  const float* const sines = sine.const_data_ptr<float>();
  at::parallel_for(0, x.size(0), 16, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float* const c = cosines + row * half;
      const float* const s = sines + row * half;
      for (int64_t head = 0; head < heads; ++head) {
        float* const first = data + row * row_stride + head * head_stride;
        float* const second = first + half;
        for (int64_t i = 0; i < half; ++i) {
          const float a = first[i], b = second[i];
          first[i] = a * c[i] - b * s[i];
          second[i] = b * c[i] + a * s[i];
        }
      }
    }
  });
}

}  // namespace

void rope_reference_(at::Tensor x, const at::Tensor& cosine, const at::Tensor& sine) {
  const int64_t half = x.size(2) / 2;
  const at::Tensor c = cosine.unsqueeze(1), s = sine.unsqueeze(1);  // [M, 1, d / 2]
  const at::Tensor a = x.narrow(2, 0, half).to(at::kFloat);         // [M, heads, d / 2]
  const at::Tensor b = x.narrow(2, half, half).to(at::kFloat);
  // Both halves before either is written: in fp32 a and b are views of x.
  const at::Tensor first = a * c - b * s, second = b * c + a * s;
  x.narrow(2, 0, half).copy_(first);
  x.narrow(2, half, half).copy_(second);
}

void rope_(at::Tensor x, const at::Tensor& cosine, const at::Tensor& sine) {
  if (x.is_cpu() && x.scalar_type() == at::kFloat && cosine.is_contiguous()) {
    rope_cpu(x, cosine, sine);
  } else {
    rope_reference_(x, cosine, sine);
  }
}

}  // namespace skipbench::ops
