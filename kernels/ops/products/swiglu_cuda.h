#pragma once

#include "kernels/ops/device/cuda_types.h"

namespace skipbench::ops {

/// out[r, f] = silu(gate_up[r, f]) * gate_up[r, width + f]. Bytes: 3 x rows x width elements.
struct SwigluJob {
  Element element;
  const void* gate_up;     // rows of 2 x width elements, gate_up_stride apart
  int64_t gate_up_stride;  // in elements
  void* out;               // [rows, width], no overlap
  int64_t rows, width;
};
void launch_swiglu(const SwigluJob& job, CudaStream stream);

}  // namespace skipbench::ops
