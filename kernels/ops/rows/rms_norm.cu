#include "kernels/ops/device/device_code.cuh"
#include "kernels/ops/rows/rms_norm_cuda.h"

namespace skipbench::ops {
namespace {

// 16-byte loads that a thread keeps in flight and in registers; what does not fit is read again.
constexpr int kHeld = 4;
constexpr int kMostThreads = 1024;

// x + y, rounded to T as it is stored.
template <class T, int N>
__device__ __forceinline__ Pack<T, N> sum_of(const Pack<T, N>& x, const Pack<T, N>& y) {
  float sums[N];
#pragma unroll
  for (int i = 0; i < N; ++i) sums[i] = x.get(i) + y.get(i);
  return pack_of<T>(sums);
}

template <class T, int N>
__device__ __forceinline__ float squares_of(const Pack<T, N>& x) {
  float sum = 0;
#pragma unroll
  for (int i = 0; i < N; ++i) sum += x.get(i) * x.get(i);
  return sum;
}

template <class T, int N>
__device__ __forceinline__ Pack<T, N> scaled(const Pack<T, N>& x, float scale,
                                             const Pack<T, N>& weight) {
  float products[N];
#pragma unroll
  for (int i = 0; i < N; ++i) products[i] = x.get(i) * scale * weight.get(i);
  return pack_of<T>(products);
}

// The place of a row in an ascending list, or -1. By a whole warp, whose lanes look at 32 places at
// once.
__device__ int64_t place_of_row(int64_t row, const int64_t* __restrict__ list, int64_t count) {
  const int64_t lane = threadIdx.x % kWarp;
  int64_t first = 0, size = count;  // the first place that is not below the row, so far
  while (size > 0) {
    const int64_t step = (size + kWarp - 1) / kWarp, at = lane * step;
    const bool below = at < size && list[first + at] < row;
    const int lanes_below = __popc(__ballot_sync(kAllLanes, below));  // the first ones
    if (lanes_below == 0) break;
    const int64_t passed = (lanes_below - 1) * step + 1;
    first += passed;
    size = min(step - 1, size - passed);
  }
  return first < count && list[first] == row ? first : -1;
}

// One row of a block: x (+ the update that find_update() points to, stored back), then its norm.
template <class T, int N, class FindUpdate>
__device__ void norm_row(T* __restrict__ x, FindUpdate find_update, const T* __restrict__ weight,
                         T* __restrict__ out, int64_t width, float epsilon) {
  const int packs = static_cast<int>(width / N);
  const int threads = static_cast<int>(blockDim.x), first = static_cast<int>(threadIdx.x);
  // All loads of a thread go out before the first is waited for, but those of the update, whose
  // place may have to be found.
  Pack<T, N> held[kHeld], added[kHeld], weights[kHeld];
#pragma unroll
  for (int i = 0; i < kHeld; ++i) {
    const int pack = first + i * threads;
    if (pack < packs) held[i] = load<N>(static_cast<const T*>(x) + pack * N);
  }
#pragma unroll
  for (int i = 0; i < kHeld; ++i) {
    const int pack = first + i * threads;
    if (pack < packs) weights[i] = load<N>(weight + pack * N);
  }
  const T* __restrict__ const update = find_update();
  const bool adds = update != nullptr;
  if (adds) {
#pragma unroll
    for (int i = 0; i < kHeld; ++i) {
      const int pack = first + i * threads;
      if (pack < packs) added[i] = load<N>(update + pack * N);
    }
  }
  float squares = 0;
#pragma unroll
  for (int i = 0; i < kHeld; ++i) {
    const int pack = first + i * threads;
    if (pack >= packs) continue;
    if (adds) {
      held[i] = sum_of(held[i], added[i]);
      store(x + pack * N, held[i]);
    }
    squares += squares_of(held[i]);
  }
  for (int pack = first + kHeld * threads; pack < packs; pack += threads) {
    Pack<T, N> values = load<N>(static_cast<const T*>(x) + pack * N);
    if (adds) {
      values = sum_of(values, load<N>(update + pack * N));
      store(x + pack * N, values);
    }
    squares += squares_of(values);
  }

  const float scale = 1.0F / sqrtf(block_sum(squares) / static_cast<float>(width) + epsilon);
#pragma unroll
  for (int i = 0; i < kHeld; ++i) {
    const int pack = first + i * threads;
    if (pack < packs) store(out + pack * N, scaled(held[i], scale, weights[i]));
  }
  for (int pack = first + kHeld * threads; pack < packs; pack += threads) {
    const Pack<T, N> values = load<N>(static_cast<const T*>(x) + pack * N);
    store(out + pack * N, scaled(values, scale, load<N>(weight + pack * N)));
  }
}

template <class T, int N>
__global__ void __launch_bounds__(kMostThreads, 1) rms_norm_kernel(RmsNormJob job) {
  const int64_t row = blockIdx.x;
  const int64_t source = job.gather == nullptr ? row : job.gather[row];
  T* const x = const_cast<T*>(static_cast<const T*>(job.x)) + source * job.x_stride;
  const auto none = [] { return static_cast<const T*>(nullptr); };
  norm_row<T, N>(x, none, static_cast<const T*>(job.weight),
                 static_cast<T*>(job.out) + row * job.width, job.width, job.epsilon);
}

template <class T, int N>
__global__ void __launch_bounds__(kMostThreads, 1) add_rms_norm_kernel(AddRmsNormJob job) {
  const int64_t row = blockIdx.x;
  const auto find_update = [&]() -> const T* {
    const int64_t place =
        job.selected == nullptr ? row : place_of_row(row, job.selected, job.updates);
    return place < 0 ? nullptr : static_cast<const T*>(job.update) + place * job.width;
  };
  norm_row<T, N>(static_cast<T*>(job.hidden) + row * job.width, find_update,
                 static_cast<const T*>(job.weight), static_cast<T*>(job.out) + row * job.width,
                 job.width, job.epsilon);
}

template <class T, int N>
int threads_for(int64_t width) {
  return block_threads(ceil_div(width / N, kHeld), kMostThreads);
}

}  // namespace

void launch_rms_norm(const RmsNormJob& job, CudaStream stream) {
  if (job.rows == 0 || job.width == 0) return;
  const auto blocks = static_cast<unsigned>(job.rows);
  with_element(job.element, [&](auto zero) {
    using T = decltype(zero);
    if (fits_wide_access<T>({job.x, job.weight, job.out}, {job.x_stride, job.width})) {
      constexpr int kN = kWide<T>;
      rms_norm_kernel<T, kN><<<blocks, threads_for<T, kN>(job.width), 0, stream>>>(job);
    } else {
      rms_norm_kernel<T, 1><<<blocks, threads_for<T, 1>(job.width), 0, stream>>>(job);
    }
  });
  check_launch("rms_norm");
}

void launch_add_rms_norm(const AddRmsNormJob& job, CudaStream stream) {
  if (job.rows == 0 || job.width == 0) return;
  const auto blocks = static_cast<unsigned>(job.rows);
  with_element(job.element, [&](auto zero) {
    using T = decltype(zero);
    if (fits_wide_access<T>({job.hidden, job.update, job.weight, job.out}, {job.width})) {
      constexpr int kN = kWide<T>;
      add_rms_norm_kernel<T, kN><<<blocks, threads_for<T, kN>(job.width), 0, stream>>>(job);
    } else {
      add_rms_norm_kernel<T, 1><<<blocks, threads_for<T, 1>(job.width), 0, stream>>>(job);
    }
  });
  check_launch("add_rms_norm");
}

}  // namespace skipbench::ops
