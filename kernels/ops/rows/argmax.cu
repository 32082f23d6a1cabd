#include "kernels/ops/device/device_code.cuh"
#include "kernels/ops/rows/argmax_cuda.h"
#include "kernels/ops/rows/ordered_bits.cuh"

namespace skipbench::ops {
namespace {

constexpr int kThreads = 256;

// A logit and its id as one number that is larger where the logit is, and among equals where the id
// is lower.
__device__ __forceinline__ uint64_t candidate(float logit, int64_t id) {
  const uint32_t key = isnan(logit) ? 0xffffffffU : ordered_bits(logit);
  return static_cast<uint64_t>(key) << 32 | (0xffffffffU - static_cast<uint32_t>(id));
}

__device__ __forceinline__ uint64_t larger(uint64_t a, uint64_t b) {
  return a > b ? a : b;
}

__device__ __forceinline__ uint64_t warp_largest(uint64_t x) {
#pragma unroll
  for (int offset = kWarp / 2; offset > 0; offset /= 2) {
    x = larger(x, __shfl_xor_sync(kAllLanes, x, offset));
  }
  return x;
}

// Valid in the first warp.
__device__ uint64_t block_largest(uint64_t x) {
  __shared__ uint64_t parts[kThreads / kWarp];
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  x = warp_largest(x);
  if (lane == 0) parts[threadIdx.x / kWarp] = x;
  __syncthreads();
  return warp_largest(lane < kThreads / kWarp ? parts[lane] : 0);
}

template <class T, int N>
__global__ void __launch_bounds__(kThreads) argmax_part_kernel(ArgmaxJob job) {
  const T* __restrict__ const logits = static_cast<const T*>(job.logits) + blockIdx.y * job.stride;
  const int64_t packs = job.width / N, step = static_cast<int64_t>(gridDim.x) * kThreads;
  uint64_t best = 0;
#pragma unroll 2
  for (int64_t pack = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x; pack < packs;
       pack += step) {
    const Pack<T, N> values = load<N>(logits + pack * N);
#pragma unroll
    for (int i = 0; i < N; ++i) {
      best = larger(best, candidate(values.get(i), pack * N + i));
    }
  }
  best = block_largest(best);
  if (threadIdx.x == 0) job.partial[blockIdx.y * kArgmaxParts + blockIdx.x] = best;
}

__global__ void __launch_bounds__(kThreads) argmax_kernel(ArgmaxJob job, int parts) {
  const int part = static_cast<int>(threadIdx.x);
  const uint64_t best =
      block_largest(part < parts ? job.partial[blockIdx.x * kArgmaxParts + part] : 0);
  if (part == 0) job.tokens[blockIdx.x] = 0xffffffffU - static_cast<uint32_t>(best);
}

}  // namespace

void launch_argmax(const ArgmaxJob& job, CudaStream stream) {
  if (job.rows == 0) return;
  with_element(job.element, [&](auto zero) {
    using T = decltype(zero);
    const bool wide = fits_wide_access<T>({job.logits}, {job.stride, job.width});
    const int64_t packs = wide ? job.width / kWide<T> : job.width;
    const int64_t wanted = ceil_div(packs, kThreads);
    const int parts = static_cast<int>(wanted < kArgmaxParts ? wanted : kArgmaxParts);
    const dim3 grid(static_cast<unsigned>(parts), static_cast<unsigned>(job.rows));
    if (wide) {
      argmax_part_kernel<T, kWide<T>><<<grid, kThreads, 0, stream>>>(job);
    } else {
      argmax_part_kernel<T, 1><<<grid, kThreads, 0, stream>>>(job);
    }
    argmax_kernel<<<static_cast<unsigned>(job.rows), kThreads, 0, stream>>>(job, parts);
  });
  check_launch("argmax");
}

}  // namespace skipbench::ops
