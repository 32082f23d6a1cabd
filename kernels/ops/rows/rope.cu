#include "kernels/ops/device/dependent_launch.cuh"
#include "kernels/ops/device/device_code.cuh"
#include "kernels/ops/rows/rope_cuda.h"

namespace skipbench::ops {
namespace {

constexpr int kMostThreads = 512;

// N elements of the first half of a head and those they pair with in the second.
template <class T, int N>
struct Pair {
  Pack<T, N> first, second;
};

template <int N, class T>
__device__ __forceinline__ Pair<T, N> load_pair(const T* source, int half) {
  return {load<N>(source), load<N>(source + half)};
}

template <int N, class T>
__device__ __forceinline__ void store_pair(T* target, int half, const Pair<T, N>& pair) {
  store(target, pair.first);
  store(target + half, pair.second);
}

// N values of a table. Whole packs are aligned where the elements' own are: half is a multiple of
// N.
template <int N>
__device__ __forceinline__ void load_table(const float* source, float (&values)[N]) {
  constexpr int kStep = N % 4 == 0 ? 4 : 1;
#pragma unroll
  for (int i = 0; i < N; i += kStep) {
    const Pack<float, kStep> part = load<kStep>(source + i);
#pragma unroll
    for (int j = 0; j < kStep; ++j) values[i + j] = part.get(j);
  }
}

template <class T, int N>
__device__ __forceinline__ void rotate(Pair<T, N>& pair, const float* cosine, const float* sine) {
  float c[N], s[N];
  load_table(cosine, c);
  load_table(sine, s);
  float first[N], second[N];
#pragma unroll
  for (int i = 0; i < N; ++i) {
    const float a = pair.first.get(i), b = pair.second.get(i);
    first[i] = a * c[i] - b * s[i];
    second[i] = b * c[i] + a * s[i];
  }
  pair = {pack_of<T>(first), pack_of<T>(second)};
}

__device__ __forceinline__ CachePlace place_of(const RopeJob& job) {
  if (job.place != nullptr) return *job.place;
  return {job.cache_keys, job.cache_values, job.cache_head_stride, job.first};
}

// A block a row. Its items are packs of half heads: those to rotate, then the values to copy.
template <class T, int N>
__global__ void __launch_bounds__(kMostThreads) rope_kernel(RopeJob job) {
  let_next_kernel_start();
  wait_for_previous_kernel();
  const int64_t row = blockIdx.x;
  const int64_t source = job.source_rows == nullptr ? row : job.source_rows[row];
  const int half = job.head_size / 2, packs = half / N;
  const int rotated_items = job.rotated * packs;
  const int items = rotated_items + job.cached * packs;

  T* const heads = static_cast<T*>(job.heads) + source * job.row_stride;
  const T* const values = static_cast<const T*>(job.values) + source * job.value_row_stride;
  const CachePlace cache = place_of(job);
  const int64_t cache_row = (cache.length + row) * job.head_size;
  T* const cache_keys = static_cast<T*>(cache.keys) + cache_row;
  T* const cache_values = static_cast<T*>(cache.values) + cache_row;
  const int64_t table_row = job.positions == nullptr ? 0 : job.positions[source] * half;

  for (int item = static_cast<int>(threadIdx.x); item < items;
       item += static_cast<int>(blockDim.x)) {
    const bool is_value = item >= rotated_items;
    const int place = is_value ? item - rotated_items : item;
    const int head = place / packs, offset = place % packs * N;
    if (is_value) {
      store_pair(cache_values + head * cache.head_stride + offset, half,
                 load_pair<N>(values + head * job.value_head_stride + offset, half));
      continue;
    }
    T* const at = heads + head * job.head_stride + offset;
    Pair<T, N> pair = load_pair<N>(static_cast<const T*>(at), half);
    if (job.positions != nullptr) {
      rotate(pair, job.cosine + table_row + offset, job.sine + table_row + offset);
    }
    if (job.write_back) store_pair(at, half, pair);
    if (head < job.cached) {
      store_pair(cache_keys + head * cache.head_stride + offset, half, pair);
    }
  }
}

template <class T, int N>
void launch(const RopeJob& job, CudaStream stream) {
  const int64_t items = static_cast<int64_t>(job.rotated + job.cached) * (job.head_size / 2 / N);
  launch_dependent(rope_kernel<T, N>, static_cast<unsigned>(job.rows),
                   block_threads(items, kMostThreads), 0, stream, job);
}

}  // namespace

void launch_rope(const RopeJob& job, CudaStream stream) {
  if (job.rows == 0 || job.rotated + job.cached == 0) return;
  with_element(job.element, [&](auto zero) {
    using T = decltype(zero);
    const bool wide = fits_wide_access<T>(
        {job.heads, job.values, job.cache_keys, job.cache_values, job.cosine, job.sine},
        {job.head_size / 2, job.row_stride, job.head_stride, job.value_row_stride,
         job.value_head_stride, job.cache_head_stride});
    if (wide) {
      launch<T, kWide<T>>(job, stream);
    } else {
      launch<T, 1>(job, stream);
    }
  });
  check_launch("rope");
}

}  // namespace skipbench::ops
