#pragma once

#include "kernels/ops/device/cuda_types.h"
#include "kernels/ops/rows/cache_place_cuda.h"

namespace skipbench::ops {

/// y = W x for one row, with what goes before and after it in a decoder layer. The weights are read
/// before the kernel launched before has ended: it must not write them. Bytes: the weights once;
/// the rest is small.
struct GemvJob {
  Element element;
  const void* x;            // [in]
  const void* norm_weight;  // [in]: x is RMS-normalised first; or null
  float epsilon;
  const void* weight;  // rows of `in` elements, weight_stride apart
  int64_t weight_stride;
  const void* bias;  // [out], or null
  void* y;           // [out], fp32 where y_is_float, else the element; no overlap with x
  bool y_is_float;
  bool adds;  // y += W x
  int64_t in, out;
};
void launch_gemv(const GemvJob& job, CudaStream stream);

/// y[f] = silu(W[f] x) * (W[out + f] x): `weight` has 2 x out rows, gate first; neither bias nor
/// adds.
void launch_gemv_swiglu(const GemvJob& job, CudaStream stream);

/// One token's K, Q and V heads: the product's outputs are kv_heads heads of K, then those of Q,
/// then kv_heads of V. K and Q are rotated; rotated K and V also go to the cache, after the rows
/// in use. Bytes: as the product's.
struct GemvKqvJob {
  GemvJob product;  // neither y_is_float nor adds
  int kv_heads, head_size;
  const float* cosine;  // [head_size / 2] of the token's position
  const float* sine;
  const CachePlace* place;
};
void launch_gemv_kqv(const GemvKqvJob& job, CudaStream stream);

}  // namespace skipbench::ops
