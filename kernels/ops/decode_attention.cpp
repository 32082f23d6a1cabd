#include "kernels/ops/decode_attention.h"

#include <ATen/ATen.h>

#include "kernels/base/check.h"
#include "kernels/ops/attention.h"
#include "kernels/ops/cuda_scope.h"
#include "kernels/ops/decode_attention_cuda.h"

namespace skipbench::ops {
namespace {

at::Tensor decode_attention_cuda(const at::Tensor& q, const at::Tensor& keys,
                                 const at::Tensor& values, const CacheLength& length) {
  const int64_t queries = q.size(0), heads = q.size(1), head_size = q.size(2);
  const CudaScope scope(q);
  const int parts = decode_attention_parts(keys.size(1), static_cast<int>(queries),
                                           static_cast<int>(keys.size(0)));
  const at::Tensor partial =
      at::empty({queries, heads, parts, head_size + 2}, q.options().dtype(at::kFloat));
  at::Tensor out = at::empty({queries, heads, head_size}, q.options());
  launch_decode_attention(
      {.element = element_of(q),
       .q = q.const_data_ptr(),
       .q_row_stride = q.stride(0),
       .keys = keys.const_data_ptr(),
       .values = values.const_data_ptr(),
       .cache_head_stride = keys.stride(0),
       .length = length.rows,
       .length_on_device =
           length.on_device.defined() ? length.on_device.const_data_ptr<int64_t>() : nullptr,
       .queries = static_cast<int>(queries),
       .kv_heads = static_cast<int>(keys.size(0)),
       .group = static_cast<int>(heads / keys.size(0)),
       .head_size = static_cast<int>(head_size),
       .parts = parts,
       .partial = partial.mutable_data_ptr<float>(),
       .out = out.mutable_data_ptr()},
      scope.stream());
  return out;
}

// [Hkv, rows, d] whose rows lie side by side within a head, for accesses of 16 bytes.
bool cache_has_kernel(const at::Tensor& cache, const at::Tensor& q) {
  return cache.scalar_type() == q.scalar_type() && cache.stride(2) == 1 &&
         cache.stride(1) == cache.size(2) && cache.stride(0) % 8 == 0 &&
         cache.size(1) < (int64_t{1} << 31) / cache.size(2) &&
         reinterpret_cast<uintptr_t>(cache.const_data_ptr()) % 16 == 0;
}

}  // namespace

bool decode_attention_has_kernel(const at::Tensor& q, const at::Tensor& keys,
                                 const at::Tensor& values) {
  if (!has_kernel(q) || q.scalar_type() == at::kFloat) return false;
  const int64_t head_size = q.size(2), group = q.size(1) / keys.size(0);
  return (head_size == 64 || head_size == 128) && group <= 8 && q.stride(2) == 1 &&
         q.stride(1) == head_size && q.stride(0) % 8 == 0 &&
         reinterpret_cast<uintptr_t>(q.const_data_ptr()) % 16 == 0 && cache_has_kernel(keys, q) &&
         cache_has_kernel(values, q) && keys.strides() == values.strides();
}

at::Tensor decode_attention(const at::Tensor& q, const at::Tensor& keys, const at::Tensor& values,
                            const CacheLength& length) {
  require(q.dim() == 3 && keys.dim() == 3 && keys.sizes() == values.sizes() &&
              q.size(2) == keys.size(2) && q.size(1) % keys.size(0) == 0,
          "decode_attention: queries {} over keys {} and values {}", q.sizes(), keys.sizes(),
          values.sizes());
  if constexpr (kWithCuda) {
    if (decode_attention_has_kernel(q, keys, values)) {
      return decode_attention_cuda(q, keys, values, length);
    }
  }
  const int64_t rows =
      length.rows + (length.on_device.defined() ? length.on_device.item<int64_t>() : 0);
  return cached_attention(q, keys.narrow(1, 0, rows), values.narrow(1, 0, rows));
}

}  // namespace skipbench::ops
