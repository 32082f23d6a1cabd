#include "kernels/ops/attention/decode_attention.h"

#include <ATen/ATen.h>

#include "kernels/base/check.h"
#include "kernels/ops/attention/attention.h"
#include "kernels/ops/attention/decode_attention_cuda.h"
#include "kernels/ops/device/cuda_scope.h"

namespace skipbench::ops {
namespace {

// A job that does not know its cache yet.
DecodeAttentionJob job_of(const at::Tensor& q, int64_t kv_heads) {
  DecodeAttentionJob job{};
  job.element = element_of(q);
  job.q = q.const_data_ptr();
  job.q_row_stride = q.stride(0);
  job.queries = static_cast<int>(q.size(0));
  job.kv_heads = static_cast<int>(kv_heads);
  job.group = static_cast<int>(q.size(1) / kv_heads);
  job.head_size = static_cast<int>(q.size(2));
  return job;
}

// Computes the job in as many parts as keep the device busy with up to `capacity` keys.
at::Tensor run(DecodeAttentionJob& job, const at::Tensor& q, int64_t capacity) {
  const CudaScope scope(q);
  job.parts = decode_attention_parts(capacity, job.queries, job.kv_heads);
  const at::Tensor partial =
      at::empty({q.size(0), q.size(1), job.parts, q.size(2) + 2}, q.options().dtype(at::kFloat));
  at::Tensor out = at::empty(q.sizes(), q.options());
  job.partial = partial.mutable_data_ptr<float>();
  job.out = out.mutable_data_ptr();
  launch_decode_attention(job, scope.stream());
  return out;
}

at::Tensor decode_attention_cuda(const at::Tensor& q, const at::Tensor& keys,
                                 const at::Tensor& values, int64_t length) {
  DecodeAttentionJob job = job_of(q, keys.size(0));
  job.keys = keys.const_data_ptr();
  job.values = values.const_data_ptr();
  job.cache_head_stride = keys.stride(0);
  job.length = length;
  return run(job, q, keys.size(1));
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
  return decode_attention_has_kernel(q, keys.size(0)) && cache_has_kernel(keys, q) &&
         cache_has_kernel(values, q) && keys.strides() == values.strides();
}

bool decode_attention_has_kernel(const at::Tensor& q, int64_t kv_heads) {
  if (!has_kernel(q) || q.scalar_type() == at::kFloat) return false;
  const int64_t head_size = q.size(2), group = q.size(1) / kv_heads;
  return (head_size == 64 || head_size == 128) && group <= 8 && q.stride(2) == 1 &&
         q.stride(1) == head_size && q.stride(0) % 8 == 0 &&
         reinterpret_cast<uintptr_t>(q.const_data_ptr()) % 16 == 0;
}

at::Tensor decode_attention(const at::Tensor& q, const at::Tensor& keys, const at::Tensor& values,
                            int64_t length) {
  require(q.dim() == 3 && keys.dim() == 3 && keys.sizes() == values.sizes() &&
              q.size(2) == keys.size(2) && q.size(1) % keys.size(0) == 0,
          "decode_attention: queries {} over keys {} and values {}", q.sizes(), keys.sizes(),
          values.sizes());
  if constexpr (kWithCuda) {
    if (decode_attention_has_kernel(q, keys, values)) {
      return decode_attention_cuda(q, keys, values, length);
    }
  }
  return cached_attention(q, keys.narrow(1, 0, length), values.narrow(1, 0, length));
}

at::Tensor decode_attention(const at::Tensor& q, const PlacedCache& cache, int64_t capacity) {
  require(q.dim() == 3 && q.size(1) % cache.kv_heads == 0,
          "decode_attention: queries {} over {} KV heads", q.sizes(), cache.kv_heads);
  if constexpr (kWithCuda) {
    if (decode_attention_has_kernel(q, cache.kv_heads)) {
      DecodeAttentionJob job = job_of(q, cache.kv_heads);
      job.place = reinterpret_cast<const CachePlace*>(cache.place.const_data_ptr<int64_t>());
      job.length = q.size(0);
      return run(job, q, capacity);
    }
  }
  const PlacedRows rows = rows_at(cache, q.size(0), q.size(2), q.scalar_type());
  return cached_attention(q, rows.keys, rows.values);
}

}  // namespace skipbench::ops
