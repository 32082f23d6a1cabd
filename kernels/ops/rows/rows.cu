#include "kernels/ops/device/device_code.cuh"
#include "kernels/ops/rows/rows_cuda.h"

namespace skipbench::ops {
namespace {

constexpr int kInFlight = 4;  // 16-byte loads of a thread
constexpr int kThreads = 256;

template <class Unit>
__global__ void __launch_bounds__(kThreads) gather_rows_kernel(GatherRowsJob job) {
  const int64_t row = blockIdx.x;
  const auto* __restrict__ const source = reinterpret_cast<const Unit*>(
      static_cast<const char*>(job.x) + job.rows[row] * job.x_stride_bytes);
  auto* __restrict__ const target =
      reinterpret_cast<Unit*>(static_cast<char*>(job.out) + row * job.row_bytes);
  const int units = static_cast<int>(job.row_bytes / static_cast<int64_t>(sizeof(Unit)));
  const int step = static_cast<int>(blockDim.x);
  for (int first = static_cast<int>(threadIdx.x); first < units; first += kInFlight * step) {
    Unit held[kInFlight];
#pragma unroll
    for (int i = 0; i < kInFlight; ++i) {
      if (first + i * step < units) held[i] = source[first + i * step];
    }
#pragma unroll
    for (int i = 0; i < kInFlight; ++i) {
      if (first + i * step < units) target[first + i * step] = held[i];
    }
  }
}

template <class Unit>
void gather_as(const GatherRowsJob& job, CudaStream stream) {
  const int64_t units = job.row_bytes / static_cast<int64_t>(sizeof(Unit));
  const int threads = block_threads(ceil_div(units, kInFlight), kThreads);
  gather_rows_kernel<Unit><<<static_cast<unsigned>(job.count), threads, 0, stream>>>(job);
}

template <class T, int N>
__global__ void __launch_bounds__(kThreads) scatter_add_rows_kernel(ScatterAddRowsJob job) {
  const int64_t row = blockIdx.x;
  T* __restrict__ const x = static_cast<T*>(job.x) + job.rows[row] * job.x_stride;
  const T* __restrict__ const update = static_cast<const T*>(job.update) + row * job.width;
  const int packs = static_cast<int>(job.width / N);
  const int step = static_cast<int>(blockDim.x);
  constexpr int kPairs = kInFlight / 2;
  for (int first = static_cast<int>(threadIdx.x); first < packs; first += kPairs * step) {
    Pack<T, N> old[kPairs], added[kPairs];
#pragma unroll
    for (int i = 0; i < kPairs; ++i) {
      const int pack = first + i * step;
      if (pack >= packs) continue;
      old[i] = load<N>(static_cast<const T*>(x) + pack * N);
      added[i] = load<N>(update + pack * N);
    }
#pragma unroll
    for (int i = 0; i < kPairs; ++i) {
      const int pack = first + i * step;
      if (pack >= packs) continue;
      float sums[N];
#pragma unroll
      for (int j = 0; j < N; ++j) sums[j] = old[i].get(j) + added[i].get(j);
      store(x + pack * N, pack_of<T>(sums));
    }
  }
}

// A warp a row.
template <class T, int N>
__global__ void __launch_bounds__(kThreads) row_norms_kernel(RowNormsJob job) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int64_t row = (static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) / kWarp;
  if (row >= job.rows) return;  // the same for every lane of the warp
  const T* const x = static_cast<const T*>(job.x) + row * job.x_stride;
  const int packs = static_cast<int>(job.width / N);
  float squares[kInFlight] = {};
  for (int first = lane; first < packs; first += kInFlight * kWarp) {
#pragma unroll
    for (int i = 0; i < kInFlight; ++i) {
      const int pack = first + i * kWarp;
      if (pack >= packs) continue;
      const Pack<T, N> values = load<N>(x + pack * N);
      float part = 0;
#pragma unroll
      for (int j = 0; j < N; ++j) part += values.get(j) * values.get(j);
      squares[i] += part;
    }
  }
  float sum = 0;
#pragma unroll
  for (int i = 0; i < kInFlight; ++i) sum += squares[i];
  const float norm = sqrtf(warp_sum(sum));
  if (lane == 0) job.out[row] = job.scale == nullptr ? norm : norm * job.scale[row];
}

constexpr int kRowsInFlight = 8;  // of a thread's columns in a block of rows

// A thread N columns of block of rows blockIdx.x.
template <class T, int N>
__global__ void __launch_bounds__(kThreads) block_means_kernel(BlockMeansJob job) {
  const int64_t begin = blockIdx.x * job.block;
  const int rows = static_cast<int>(min(job.block, job.rows - begin));
  const int column = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x) * N;
  if (column >= job.width) return;
  const T* const x = static_cast<const T*>(job.x) + begin * job.x_stride + column;
  float sums[N] = {};
  for (int first = 0; first < rows; first += kRowsInFlight) {
    Pack<T, N> held[kRowsInFlight];
#pragma unroll
    for (int i = 0; i < kRowsInFlight; ++i) {
      if (first + i < rows) held[i] = load<N>(x + (first + i) * job.x_stride);
    }
#pragma unroll
    for (int i = 0; i < kRowsInFlight; ++i) {
      if (first + i >= rows) continue;
#pragma unroll
      for (int j = 0; j < N; ++j) sums[j] += held[i].get(j);
    }
  }
  float* const out = job.out + blockIdx.x * job.width + column;
  constexpr int kStep = N % 4 == 0 ? 4 : 1;
#pragma unroll
  for (int i = 0; i < N; i += kStep) {
    float means[kStep];
#pragma unroll
    for (int j = 0; j < kStep; ++j) means[j] = sums[i + j] / static_cast<float>(rows);
    store(out + i, pack_of<float>(means));
  }
}

template <class T, int N>
void block_means_as(const BlockMeansJob& job, CudaStream stream) {
  const int64_t packs = job.width / N;
  const int threads = block_threads(packs, kThreads);
  const dim3 grid(static_cast<unsigned>(ceil_div(job.rows, job.block)),
                  static_cast<unsigned>(ceil_div(packs, threads)));
  block_means_kernel<T, N><<<grid, threads, 0, stream>>>(job);
}

}  // namespace

void launch_gather_rows(const GatherRowsJob& job, CudaStream stream) {
  if (job.count == 0 || job.row_bytes == 0) return;
  const auto all = reinterpret_cast<uintptr_t>(job.x) | reinterpret_cast<uintptr_t>(job.out) |
                   static_cast<uintptr_t>(job.x_stride_bytes) |
                   static_cast<uintptr_t>(job.row_bytes);
  if (all % 16 == 0) {
    gather_as<uint4>(job, stream);
  } else if (all % 4 == 0) {
    gather_as<uint32_t>(job, stream);
  } else if (all % 2 == 0) {
    gather_as<uint16_t>(job, stream);
  } else {
    gather_as<uint8_t>(job, stream);
  }
  check_launch("gather_rows");
}

void launch_scatter_add_rows(const ScatterAddRowsJob& job, CudaStream stream) {
  if (job.count == 0 || job.width == 0) return;
  const auto blocks = static_cast<unsigned>(job.count);
  with_element(job.element, [&](auto zero) {
    using T = decltype(zero);
    if (fits_wide_access<T>({job.x, job.update}, {job.x_stride, job.width})) {
      const int threads = block_threads(job.width / kWide<T> / 2, kThreads);
      scatter_add_rows_kernel<T, kWide<T>><<<blocks, threads, 0, stream>>>(job);
    } else {
      const int threads = block_threads(job.width, kThreads);
      scatter_add_rows_kernel<T, 1><<<blocks, threads, 0, stream>>>(job);
    }
  });
  check_launch("scatter_add_rows");
}

void launch_row_norms(const RowNormsJob& job, CudaStream stream) {
  if (job.rows == 0) return;
  const auto blocks = static_cast<unsigned>(ceil_div(job.rows, kThreads / kWarp));
  with_element(job.element, [&](auto zero) {
    using T = decltype(zero);
    if (fits_wide_access<T>({job.x}, {job.x_stride, job.width})) {
      row_norms_kernel<T, kWide<T>><<<blocks, kThreads, 0, stream>>>(job);
    } else {
      row_norms_kernel<T, 1><<<blocks, kThreads, 0, stream>>>(job);
    }
  });
  check_launch("row_norms");
}

void launch_block_means(const BlockMeansJob& job, CudaStream stream) {
  if (job.rows == 0 || job.width == 0) return;
  with_element(job.element, [&](auto zero) {
    using T = decltype(zero);
    if (fits_wide_access<T>({job.x, job.out}, {job.x_stride, job.width})) {
      block_means_as<T, kWide<T>>(job, stream);
    } else {
      block_means_as<T, 1>(job, stream);
    }
  });
  check_launch("block_means");
}

}  // namespace skipbench::ops
