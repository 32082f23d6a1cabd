#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/DeviceGuard.h>

#include "kernels/ops/device/cuda_types.h"

namespace skipbench::ops {

/// Whether this build holds CUDA kernels. Dispatch reads `if constexpr (kWithCuda)`: in a build
/// without them nothing refers to their launchers.
#ifdef SKIPBENCH_WITH_CUDA
inline constexpr bool kWithCuda = true;
#else
inline constexpr bool kWithCuda = false;
#endif

/// Where a launch goes: makes x's device the current one and names its current stream.
class CudaScope {
 public:
  explicit CudaScope(const at::Tensor& x);
  CudaStream stream() const { return stream_; }

 private:
  c10::DeviceGuard guard_;
  CudaStream stream_;
};

/// Whether the kernels serve x: on a CUDA device of this build, in fp32, fp16 or bf16.
bool has_kernel(const at::Tensor& x);

/// Whether the last dimension lies side by side (also when it has one element).
bool last_is_contiguous(const at::Tensor& x);

/// x's dtype. Throws ContractError when it is none that kernels compute with.
Element element_of(const at::Tensor& x);

}  // namespace skipbench::ops
