#include "kernels/ops/device/device_code.cuh"
#include "kernels/ops/products/swiglu_cuda.h"

namespace skipbench::ops {
namespace {

constexpr int kThreads = 256;
constexpr int kInFlight = 2;  // pairs of 16-byte loads

// The two-instruction exponential and division err by some 2^-21, far below a 16-bit type's
// rounding; the exact ones would make this kernel wait for arithmetic instead of memory.
template <class T>
__device__ __forceinline__ float silu(float x) {
  return __fdividef(x, 1.0F + __expf(-x));
}
template <>
__device__ __forceinline__ float silu<float>(float x) {
  return x / (1.0F + expf(-x));
}

template <class T, int N>
__global__ void __launch_bounds__(kThreads) swiglu_kernel(SwigluJob job) {
  const int64_t row = blockIdx.x;
  const T* __restrict__ const gates = static_cast<const T*>(job.gate_up) + row * job.gate_up_stride;
  const T* __restrict__ const ups = gates + job.width;
  T* __restrict__ const out = static_cast<T*>(job.out) + row * job.width;
  const int packs = static_cast<int>(job.width / N);
  const int step = static_cast<int>(blockDim.x);
  for (int first = static_cast<int>(threadIdx.x); first < packs; first += kInFlight * step) {
    Pack<T, N> gate[kInFlight], up[kInFlight];
#pragma unroll
    for (int i = 0; i < kInFlight; ++i) {
      const int pack = first + i * step;
      if (pack >= packs) continue;
      gate[i] = load<N>(gates + pack * N);
      up[i] = load<N>(ups + pack * N);
    }
#pragma unroll
    for (int i = 0; i < kInFlight; ++i) {
      const int pack = first + i * step;
      if (pack >= packs) continue;
      float products[N];
#pragma unroll
      for (int j = 0; j < N; ++j) products[j] = silu<T>(gate[i].get(j)) * up[i].get(j);
      store(out + pack * N, pack_of<T>(products));
    }
  }
}

}  // namespace

void launch_swiglu(const SwigluJob& job, CudaStream stream) {
  if (job.rows == 0 || job.width == 0) return;
  const auto blocks = static_cast<unsigned>(job.rows);
  with_element(job.element, [&](auto zero) {
    using T = decltype(zero);
    if (fits_wide_access<T>({job.gate_up, job.out}, {job.gate_up_stride, job.width})) {
      const int threads = block_threads(job.width / kWide<T>, kThreads);
      swiglu_kernel<T, kWide<T>><<<blocks, threads, 0, stream>>>(job);
    } else {
      swiglu_kernel<T, 1><<<blocks, block_threads(job.width, kThreads), 0, stream>>>(job);
    }
  });
  check_launch("swiglu");
}

}  // namespace skipbench::ops
