#pragma once

#include "kernels/ops/cuda_types.h"

namespace skipbench::ops {

/// y = W x for one row, with what goes before and after it in a decoder layer. Bytes: the weights
/// once; the rest is small.
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

}  // namespace skipbench::ops
