#include "kernels/ops/device_code.cuh"
#include "kernels/ops/rms_norm_cuda.h"

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

// One row of a block: x (+ update, stored back), then its norm.
template <class T, int N, bool kAdd>
__device__ void norm_row(T* __restrict__ x, const T* __restrict__ update,
                         const T* __restrict__ weight, T* __restrict__ out, int64_t width,
                         float epsilon) {
  const int packs = static_cast<int>(width / N);
  const int threads = static_cast<int>(blockDim.x), first = static_cast<int>(threadIdx.x);
  // All loads of a thread go out before the first is waited for.
  Pack<T, N> held[kHeld], added[kHeld], weights[kHeld];
#pragma unroll
  for (int i = 0; i < kHeld; ++i) {
    const int pack = first + i * threads;
    if (pack < packs) held[i] = load<N>(static_cast<const T*>(x) + pack * N);
  }
  const bool adds = kAdd && update != nullptr;
  if (adds) {
#pragma unroll
    for (int i = 0; i < kHeld; ++i) {
      const int pack = first + i * threads;
      if (pack < packs) added[i] = load<N>(update + pack * N);
    }
  }
#pragma unroll
  for (int i = 0; i < kHeld; ++i) {
    const int pack = first + i * threads;
    if (pack < packs) weights[i] = load<N>(weight + pack * N);
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
  norm_row<T, N, false>(x, nullptr, static_cast<const T*>(job.weight),
                        static_cast<T*>(job.out) + row * job.width, job.width, job.epsilon);
}

template <class T, int N>
__global__ void __launch_bounds__(kMostThreads, 1) add_rms_norm_kernel(AddRmsNormJob job) {
  const int64_t row = blockIdx.x;
  const int64_t place = job.place_of_row == nullptr ? row : job.place_of_row[row];
  const T* const update =
      place < 0 ? nullptr : static_cast<const T*>(job.update) + place * job.width;
  norm_row<T, N, true>(static_cast<T*>(job.hidden) + row * job.width, update,
                       static_cast<const T*>(job.weight),
                       static_cast<T*>(job.out) + row * job.width, job.width, job.epsilon);
}

// The inverse of an ascending list: for each row its place in the list, or -1.
__global__ void place_of_row_kernel(const int64_t* __restrict__ selected, int64_t count,
                                    int32_t* __restrict__ place_of_row, int64_t rows) {
  const int64_t row = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (row >= rows) return;
  int64_t low = 0, high = count;  // the first place whose row is not below
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    if (selected[middle] < row) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  place_of_row[row] = low < count && selected[low] == row ? static_cast<int32_t>(low) : -1;
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
  if (job.place_of_row != nullptr) {
    place_of_row_kernel<<<static_cast<unsigned>(ceil_div(job.rows, 256)), 256, 0, stream>>>(
        job.selected, job.updates, job.place_of_row, job.rows);
    check_launch("place_of_row");
  }
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
