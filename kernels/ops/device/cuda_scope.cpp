#include "kernels/ops/device/cuda_scope.h"

#include <ATen/ATen.h>

#include "kernels/base/check.h"
#ifdef SKIPBENCH_WITH_CUDA
#include <c10/cuda/CUDAStream.h>
#endif

namespace skipbench::ops {
namespace {

CudaStream current_stream([[maybe_unused]] at::Device device) {
#ifdef SKIPBENCH_WITH_CUDA
  return c10::cuda::getCurrentCUDAStream(device.index()).stream();
#else
  return nullptr;
#endif
}

}  // namespace

CudaScope::CudaScope(const at::Tensor& x)
    : guard_(x.device()), stream_(current_stream(x.device())) {}

bool has_kernel(const at::Tensor& x) {
  if (!kWithCuda || !x.is_cuda()) return false;
  const at::ScalarType type = x.scalar_type();
  return type == at::kFloat || type == at::kHalf || type == at::kBFloat16;
}

bool last_is_contiguous(const at::Tensor& x) {
  return x.dim() > 0 && (x.size(-1) <= 1 || x.stride(-1) == 1);
}

Element element_of(const at::Tensor& x) {
  switch (x.scalar_type()) {
    case at::kFloat:
      return Element::kFloat;
    case at::kHalf:
      return Element::kHalf;
    case at::kBFloat16:
      return Element::kBFloat16;
    default:
      throw ContractError(fmt::format("no kernel computes with {}; expected fp32, fp16 or bf16",
                                      c10::toString(x.scalar_type())));
  }
}

}  // namespace skipbench::ops
