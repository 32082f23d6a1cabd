#include "kernels/ops/products/gemv.h"

#include <ATen/ATen.h>

#include "kernels/base/check.h"
#include "kernels/ops/device/cuda_scope.h"
#include "kernels/ops/device/slow_path.h"
#include "kernels/ops/products/gemv_cuda.h"
#include "kernels/ops/products/swiglu.h"
#include "kernels/ops/rows/rms_norm.h"
#include "kernels/ops/rows/rope.h"

namespace skipbench::ops {
namespace {

void check_product(const at::Tensor& y, const at::Tensor& x, const at::Tensor& weight,
                   int64_t out) {
  require(x.dim() == 2 && x.size(0) == 1 && x.size(1) == weight.size(1) && y.dim() == 2 &&
              y.size(0) == 1 && y.size(1) == out,
          "gemv: one row {} times weights {} into {}", x.sizes(), weight.sizes(), y.sizes());
}

bool product_has_kernel(const at::Tensor& y, const at::Tensor& x, const at::Tensor& weight,
                        const at::Tensor& bias, const NormPrologue& norm) {
  const auto fits = [&](const at::Tensor& vector) {
    return !vector.defined() || (vector.is_contiguous() && vector.scalar_type() == x.scalar_type());
  };
  return has_kernel(x) && x.is_contiguous() && y.is_contiguous() && last_is_contiguous(weight) &&
         weight.scalar_type() == x.scalar_type() && fits(bias) && fits(norm.weight) &&
         (y.scalar_type() == x.scalar_type() || y.scalar_type() == at::kFloat);
}

const void* data_of(const at::Tensor& x) {
  return x.defined() ? x.const_data_ptr() : nullptr;
}

GemvJob job_of(const at::Tensor& y, const at::Tensor& x, const at::Tensor& weight,
               const at::Tensor& bias, const NormPrologue& norm) {
  return {.element = element_of(x),
          .x = x.const_data_ptr(),
          .norm_weight = data_of(norm.weight),
          .epsilon = static_cast<float>(norm.epsilon),
          .weight = weight.const_data_ptr(),
          .weight_stride = weight.stride(0),
          .bias = data_of(bias),
          .y = y.mutable_data_ptr(),
          .y_is_float = y.scalar_type() == at::kFloat,
          .adds = false,
          .in = x.size(1),
          .out = y.size(1)};
}

at::Tensor normed(const at::Tensor& x, const NormPrologue& norm) {
  return norm.weight.defined() ? rms_norm(x, norm.weight, norm.epsilon) : x;
}

}  // namespace

void gemv_out(at::Tensor y, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
              const NormPrologue& norm) {
  check_product(y, x, weight, weight.size(0));
  if constexpr (kWithCuda) {
    if (product_has_kernel(y, x, weight, bias, norm)) {
      const CudaScope scope(x);
      return launch_gemv(job_of(y, x, weight, bias, norm), scope.stream());
    }
  }
  note_no_kernel("gemv", x);
  y.copy_(at::linear(normed(x, norm), weight, bias));
}

at::Tensor gemv(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                const NormPrologue& norm) {
  at::Tensor y = at::empty({1, weight.size(0)}, x.options());
  gemv_out(y, x, weight, bias, norm);
  return y;
}

void gemv_add_(at::Tensor y, const at::Tensor& x, const at::Tensor& weight) {
  check_product(y, x, weight, weight.size(0));
  if constexpr (kWithCuda) {
    if (product_has_kernel(y, x, weight, {}, {})) {
      GemvJob job = job_of(y, x, weight, {}, {});
      job.adds = true;
      const CudaScope scope(x);
      return launch_gemv(job, scope.stream());
    }
  }
  note_no_kernel("gemv_add", x);
  y.add_(at::linear(x, weight));
}

void gemv_swiglu_out(at::Tensor y, const at::Tensor& x, const at::Tensor& gate_up,
                     const NormPrologue& norm) {
  check_product(y, x, gate_up, gate_up.size(0) / 2);
  if constexpr (kWithCuda) {
    if (product_has_kernel(y, x, gate_up, {}, norm)) {
      const CudaScope scope(x);
      return launch_gemv_swiglu(job_of(y, x, gate_up, {}, norm), scope.stream());
    }
  }
  note_no_kernel("gemv_swiglu", x);
  y.copy_(swiglu(at::linear(normed(x, norm), gate_up)));
}

void gemv_kqv_into_cache_out(at::Tensor kqv, const at::Tensor& x, const at::Tensor& weight,
                             const at::Tensor& bias, const NormPrologue& norm,
                             const RopeTables& rotation, const PlacedCache& cache) {
  check_product(kqv, x, weight, weight.size(0));
  const int64_t head_size = 2 * rotation.cosine.size(1);
  require(rotation.cosine.size(0) == 1 && weight.size(0) % head_size == 0 &&
              weight.size(0) / head_size > 2 * cache.kv_heads,
          "gemv_kqv_into_cache_out: {} outputs, {} KV heads of {}", weight.size(0), cache.kv_heads,
          head_size);
  if constexpr (kWithCuda) {
    if (product_has_kernel(kqv, x, weight, bias, norm) && kqv.scalar_type() == x.scalar_type()) {
      const CudaScope scope(x);
      return launch_gemv_kqv(
          {.product = job_of(kqv, x, weight, bias, norm),
           .kv_heads = static_cast<int>(cache.kv_heads),
           .head_size = static_cast<int>(head_size),
           .cosine = rotation.cosine.const_data_ptr<float>(),
           .sine = rotation.sine.const_data_ptr<float>(),
           .place = reinterpret_cast<const CachePlace*>(cache.place.const_data_ptr<int64_t>())},
          scope.stream());
    }
  }
  note_no_kernel("gemv_kqv_into_cache", x);
  gemv_out(kqv, x, weight, bias, norm);
  const at::Tensor first = at::zeros({1}, x.options().dtype(at::kLong));
  rope_kqv_into_cache_(kqv.view({1, -1, head_size}), first, rotation, cache);
}

}  // namespace skipbench::ops
