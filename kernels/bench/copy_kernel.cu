#include "kernels/bench/copy_kernel.h"
#include "kernels/ops/device/device_code.cuh"

namespace skipbench::bench {
namespace {

constexpr int kThreads = 512;
constexpr int kInFlight = 4;  // 16-byte loads of a thread

__global__ void __launch_bounds__(kThreads)
    copy_kernel(uint4* __restrict__ to, const uint4* __restrict__ from, int64_t units) {
  const int64_t first = static_cast<int64_t>(blockIdx.x) * kThreads * kInFlight + threadIdx.x;
  uint4 held[kInFlight];
#pragma unroll
  for (int i = 0; i < kInFlight; ++i) {
    if (first + i * kThreads < units) held[i] = from[first + i * kThreads];
  }
#pragma unroll
  for (int i = 0; i < kInFlight; ++i) {
    if (first + i * kThreads < units) to[first + i * kThreads] = held[i];
  }
}

}  // namespace

void launch_copy(void* to, const void* from, int64_t bytes, ops::CudaStream stream) {
  const int64_t units = bytes / static_cast<int64_t>(sizeof(uint4));
  const auto blocks = static_cast<unsigned>(ops::ceil_div(units, kThreads * kInFlight));
  copy_kernel<<<blocks, kThreads, 0, stream>>>(static_cast<uint4*>(to),
                                               static_cast<const uint4*>(from), units);
  ops::check_launch("copy");
}

}  // namespace skipbench::bench
