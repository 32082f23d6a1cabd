#include "kernels/ops/device_code.cuh"
#include "kernels/ops/gemv_cuda.h"

namespace skipbench::ops {
namespace {

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / kWarp;
constexpr int kRows = 2;      // of the weights, for each warp
constexpr int kInFlight = 4;  // loads of each row before the first is used

// Weights pass through once: they should not push x and the KV cache out of the caches.
template <int N, class T>
__device__ __forceinline__ Pack<T, N> load_once(const T* source) {
  if constexpr (sizeof(T) * N == 16) {
    const uint4 bits = __ldcs(reinterpret_cast<const uint4*>(source));
    Pack<T, N> pack;
    memcpy(&pack, &bits, sizeof(pack));
    return pack;
  } else {
    return load<N>(source);
  }
}

struct Products {
  float of_row[kRows];
};

// The products of a warp's rows with x, the same in every lane. The norm's factor, which needs all
// of x, is applied at the end: every warp sees all of x anyway.
template <class T, int N, bool kNorm>
__device__ Products multiply(const GemvJob& job, const T* const (&rows)[kRows]) {
  const T* __restrict__ const x = static_cast<const T*>(job.x);
  const T* __restrict__ const norm_weight = static_cast<const T*>(job.norm_weight);
  const int packs = static_cast<int>(job.in / N);
  float squares = 0, sums[kRows] = {};
  for (int begin = static_cast<int>(threadIdx.x) % kWarp; begin < packs;
       begin += kInFlight * kWarp) {
    Pack<T, N> weights[kInFlight][kRows];
#pragma unroll
    for (int i = 0; i < kInFlight; ++i) {
      const int pack = begin + i * kWarp;
      if (pack >= packs) continue;
#pragma unroll
      for (int row = 0; row < kRows; ++row) weights[i][row] = load_once<N>(rows[row] + pack * N);
    }
#pragma unroll
    for (int i = 0; i < kInFlight; ++i) {
      const int pack = begin + i * kWarp;
      if (pack >= packs) continue;
      const Pack<T, N> values = load<N>(x + pack * N);
      Pack<T, N> scale;
      if constexpr (kNorm) scale = load<N>(norm_weight + pack * N);
#pragma unroll
      for (int j = 0; j < N; ++j) {
        float value = values.get(j);
        if constexpr (kNorm) {
          squares += value * value;
          value *= scale.get(j);
        }
#pragma unroll
        for (int row = 0; row < kRows; ++row) sums[row] += value * weights[i][row].get(j);
      }
    }
  }
  float factor = 1;
  if constexpr (kNorm) {
    factor = 1.0F / sqrtf(warp_sum(squares) / static_cast<float>(job.in) + job.epsilon);
  }
  Products products;
#pragma unroll
  for (int row = 0; row < kRows; ++row) products.of_row[row] = warp_sum(sums[row]) * factor;
  return products;
}

template <class T>
__device__ void finish(const GemvJob& job, int64_t row, float product) {
  if (job.bias != nullptr) product += to_float(static_cast<const T*>(job.bias)[row]);
  if (job.y_is_float) {
    float* const y = static_cast<float*>(job.y) + row;
    *y = job.adds ? *y + product : product;
  } else {
    T* const y = static_cast<T*>(job.y) + row;
    *y = from_float<T>(job.adds ? to_float(*y) + product : product);
  }
}

template <class T, int N, bool kNorm>
__global__ void __launch_bounds__(kThreads) gemv_kernel(GemvJob job) {
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int64_t first = (static_cast<int64_t>(blockIdx.x) * kWarps + warp) * kRows;
  if (first >= job.out) return;
  const T* const weight = static_cast<const T*>(job.weight);
  const T* rows[kRows];
#pragma unroll
  for (int row = 0; row < kRows; ++row) {  // the last warp may compute a row twice
    rows[row] = weight + min(first + row, job.out - 1) * job.weight_stride;
  }
  const Products products = multiply<T, N, kNorm>(job, rows);
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
#pragma unroll
  for (int row = 0; row < kRows; ++row) {
    if (lane == row && first + row < job.out) finish<T>(job, first + row, products.of_row[row]);
  }
}

template <class T, int N, bool kNorm>
__global__ void __launch_bounds__(kThreads) gemv_swiglu_kernel(GemvJob job) {
  static_assert(kRows == 2, "a gate and its up");
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int64_t f = static_cast<int64_t>(blockIdx.x) * kWarps + warp;
  if (f >= job.out) return;
  const T* const weight = static_cast<const T*>(job.weight);
  const T* const rows[kRows] = {weight + f * job.weight_stride,
                                weight + (job.out + f) * job.weight_stride};
  const Products products = multiply<T, N, kNorm>(job, rows);
  const float gate = products.of_row[0], up = products.of_row[1];
  if (threadIdx.x % kWarp == 0) finish<T>(job, f, gate / (1.0F + expf(-gate)) * up);
}

// Calls f(element, pack size, whether to normalise), the latter two as types.
template <class F>
void with_kernel_of(const GemvJob& job, F f) {
  with_element(job.element, [&](auto zero) {
    using T = decltype(zero);
    using Wide = std::integral_constant<int, kWide<T>>;
    using Single = std::integral_constant<int, 1>;
    const bool wide =
        fits_wide_access<T>({job.x, job.norm_weight, job.weight}, {job.in, job.weight_stride});
    const bool norm = job.norm_weight != nullptr;
    if (wide) {
      norm ? f(zero, Wide{}, std::true_type{}) : f(zero, Wide{}, std::false_type{});
    } else {
      norm ? f(zero, Single{}, std::true_type{}) : f(zero, Single{}, std::false_type{});
    }
  });
}

}  // namespace

void launch_gemv(const GemvJob& job, CudaStream stream) {
  if (job.out == 0) return;
  const auto blocks = static_cast<unsigned>(ceil_div(job.out, kWarps * kRows));
  with_kernel_of(job, [&](auto zero, auto width, auto norm) {
    gemv_kernel<decltype(zero), decltype(width)::value, decltype(norm)::value>
        <<<blocks, kThreads, 0, stream>>>(job);
  });
  check_launch("gemv");
}

void launch_gemv_swiglu(const GemvJob& job, CudaStream stream) {
  if (job.out == 0) return;
  const auto blocks = static_cast<unsigned>(ceil_div(job.out, kWarps));
  with_kernel_of(job, [&](auto zero, auto width, auto norm) {
    gemv_swiglu_kernel<decltype(zero), decltype(width)::value, decltype(norm)::value>
        <<<blocks, kThreads, 0, stream>>>(job);
  });
  check_launch("gemv_swiglu");
}

}  // namespace skipbench::ops
