#include "kernels/ops/device/async_copy.cuh"
#include "kernels/ops/device/dependent_launch.cuh"
#include "kernels/ops/device/device_code.cuh"
#include "kernels/ops/products/gemv_cuda.h"

namespace skipbench::ops {
namespace {

constexpr int kThreads = 64;  // small blocks: the last to end leave little idle
constexpr int kWarps = kThreads / kWarp;
constexpr int kRows = 2;    // of the weights, for each warp
constexpr int kStages = 8;  // steps of a warp whose weights are under way or in use

struct Products {
  float of_row[kRows];
};

// A lane's sum over a row. Where outputs are fp32, what an addition rounds off goes into the next
// one (Kahan): a lane adds up to hundreds of parts, of which plain rounding would cost several
// units in the last place. Of 16-bit outputs it is far below their own rounding.
template <class T>
class LaneSum {
 public:
  __device__ __forceinline__ void add(float part) {
    if constexpr (std::is_same_v<T, float>) {
      const float corrected = part - excess_;
      const float sum = sum_ + corrected;
      excess_ = (sum - sum_) - corrected;
      sum_ = sum;
    } else {
      sum_ += part;
    }
  }
  __device__ __forceinline__ float value() const { return sum_; }

 private:
  float sum_ = 0, excess_ = 0;
};

// N elements of x, and of the norm's weight where there is one.
template <class T, int N>
struct Input {
  Pack<T, N> values, scales;
};

// What a lane has of the products of its warp's rows with x, and of x's sum of squares.
template <class T, int N, bool kNorm>
class LaneSums {
 public:
  __device__ explicit LaneSums(const GemvJob& job)
      : x_(static_cast<const T*>(job.x)), norm_weight_(static_cast<const T*>(job.norm_weight)) {}

  /// x at elements pack * N and on.
  __device__ __forceinline__ Input<T, N> input(int pack) const {
    Input<T, N> input;
    input.values = load<N>(x_ + pack * N);
    if constexpr (kNorm) input.scales = load<N>(norm_weight_ + pack * N);
    return input;
  }

  /// The rows' weights at the same elements.
  __device__ __forceinline__ void take(const Input<T, N>& input,
                                       const Pack<T, N> (&weights)[kRows]) {
    float parts[kRows] = {}, squares = 0;  // short sums first: the rounding of long ones grows
#pragma unroll
    for (int i = 0; i < N; ++i) {
      float value = input.values.get(i);
      if constexpr (kNorm) {
        squares += value * value;
        value *= input.scales.get(i);
      }
#pragma unroll
      for (int row = 0; row < kRows; ++row) parts[row] += value * weights[row].get(i);
    }
    if constexpr (kNorm) squares_.add(squares);
#pragma unroll
    for (int row = 0; row < kRows; ++row) sums_[row].add(parts[row]);
  }

  /// The norm's factor, which needs all of x, comes last: every warp sees all of x anyway.
  __device__ __forceinline__ Products products(const GemvJob& job) const {
    float factor = 1;
    if constexpr (kNorm) {
      const float mean = warp_sum(squares_.value()) / static_cast<float>(job.in);
      factor = 1.0F / sqrtf(mean + job.epsilon);
    }
    Products products;
#pragma unroll
    for (int row = 0; row < kRows; ++row) {
      products.of_row[row] = warp_sum(sums_[row].value()) * factor;
    }
    return products;
  }

 private:
  const T* __restrict__ x_;
  const T* __restrict__ norm_weight_;
  LaneSum<T> squares_, sums_[kRows];
};

// The products of a warp's rows with x, the same in every lane. Weights come through a ring in
// shared memory, seven steps ahead of their use: registers could not hold as many bytes in flight.
// The first of them are on their way while the kernel before ends, which may still have to write
// all but the weights. x, which the caches hold, is one step ahead.
template <class T, int N, bool kNorm>
__device__ __forceinline__ Products multiply(const GemvJob& job, const T* const (&rows)[kRows]) {
  LaneSums<T, N, kNorm> sums(job);
  const int packs = static_cast<int>(job.in / N);
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  if constexpr (N == kWide<T>) {
    __shared__ Pack<T, N> ring[kWarps][kStages][kRows][kWarp];
    auto& stages = ring[threadIdx.x / kWarp];
    const auto fetch = [&](int step) {
      const int pack = lane + step * kWarp;
      if (pack < packs) {
#pragma unroll
        for (int row = 0; row < kRows; ++row) {
          copy16_async(&stages[step % kStages][row][lane], rows[row] + pack * N);
        }
      }
      end_copy_group();  // also an empty one: groups are counted
    };
#pragma unroll
    for (int step = 0; step < kStages - 1; ++step) fetch(step);
    wait_for_previous_kernel();
    Input<T, N> next{};
    if (lane < packs) next = sums.input(lane);
    for (int step = 0; lane + step * kWarp < packs; ++step) {
      const Input<T, N> input = next;
      const int next_pack = lane + (step + 1) * kWarp;
      if (next_pack < packs) next = sums.input(next_pack);
      wait_for_copies<kStages - 2>();
      Pack<T, N> weights[kRows];
#pragma unroll
      for (int row = 0; row < kRows; ++row) weights[row] = stages[step % kStages][row][lane];
      fetch(step + kStages - 1);
      sums.take(input, weights);
    }
  } else {
    wait_for_previous_kernel();
    for (int pack = lane; pack < packs; pack += kWarp) {
      Pack<T, N> weights[kRows];
#pragma unroll
      for (int row = 0; row < kRows; ++row) weights[row] = load<N>(rows[row] + pack * N);
      sums.take(sums.input(pack), weights);
    }
  }
  return sums.products(job);
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
  let_next_kernel_start();
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
  let_next_kernel_start();
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

// Rotates a pair of products, elements e and e + d / 2 of a head, and writes it where it belongs.
template <class T>
__device__ void finish_pair(const GemvKqvJob& job, int head, int element, float a, float b) {
  const GemvJob& product = job.product;
  const int half = job.head_size / 2, first = head * job.head_size + element;
  if (product.bias != nullptr) {
    a += to_float(static_cast<const T*>(product.bias)[first]);
    b += to_float(static_cast<const T*>(product.bias)[first + half]);
  }
  const int first_value_head = static_cast<int>(product.out) / job.head_size - job.kv_heads;
  const int value_head = head - first_value_head;
  if (value_head < 0) {
    const float cosine = job.cosine[element], sine = job.sine[element];
    const float rotated = a * cosine - b * sine;
    b = b * cosine + a * sine;
    a = rotated;
  }
  const auto write = [&](void* target, int64_t place) {
    static_cast<T*>(target)[place] = from_float<T>(a);
    static_cast<T*>(target)[place + half] = from_float<T>(b);
  };
  const CachePlace& cache = *job.place;
  const int64_t row = cache.length * job.head_size + element;
  write(product.y, first);
  if (head < job.kv_heads) write(cache.keys, head * cache.head_stride + row);
  if (value_head >= 0) write(cache.values, value_head * cache.head_stride + row);
}

// A warp computes the two elements of a head that the rotation pairs.
template <class T, int N, bool kNorm>
__global__ void __launch_bounds__(kThreads) gemv_kqv_kernel(GemvKqvJob job) {
  let_next_kernel_start();
  static_assert(kRows == 2, "an element of a half and the one it pairs with");
  const GemvJob& product = job.product;
  const int half = job.head_size / 2;
  const int warp = static_cast<int>(blockIdx.x) * kWarps + static_cast<int>(threadIdx.x) / kWarp;
  const int head = warp / half, element = warp % half;
  const int64_t first = static_cast<int64_t>(head) * job.head_size + element;
  if (first >= product.out) return;
  const T* const weight = static_cast<const T*>(product.weight);
  const T* const rows[kRows] = {weight + first * product.weight_stride,
                                weight + (first + half) * product.weight_stride};
  const Products products = multiply<T, N, kNorm>(product, rows);
  if (threadIdx.x % kWarp == 0) {
    finish_pair<T>(job, head, element, products.of_row[0], products.of_row[1]);
  }
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

template <class Job>
void launch(void (*kernel)(Job), int64_t blocks, const Job& job, CudaStream stream) {
  prefer_shared_memory(kernel);
  launch_dependent(kernel, static_cast<unsigned>(blocks), kThreads, 0, stream, job);
}

}  // namespace

void launch_gemv(const GemvJob& job, CudaStream stream) {
  if (job.out == 0) return;
  with_kernel_of(job, [&](auto zero, auto width, auto norm) {
    launch(gemv_kernel<decltype(zero), decltype(width)::value, decltype(norm)::value>,
           ceil_div(job.out, kWarps * kRows), job, stream);
  });
  check_launch("gemv");
}

void launch_gemv_swiglu(const GemvJob& job, CudaStream stream) {
  if (job.out == 0) return;
  with_kernel_of(job, [&](auto zero, auto width, auto norm) {
    launch(gemv_swiglu_kernel<decltype(zero), decltype(width)::value, decltype(norm)::value>,
           ceil_div(job.out, kWarps), job, stream);
  });
  check_launch("gemv_swiglu");
}

void launch_gemv_kqv(const GemvKqvJob& job, CudaStream stream) {
  with_kernel_of(job.product, [&](auto zero, auto width, auto norm) {
    launch(gemv_kqv_kernel<decltype(zero), decltype(width)::value, decltype(norm)::value>,
           ceil_div(job.product.out, kWarps * kRows), job, stream);
  });
  check_launch("gemv_kqv");
}

}  // namespace skipbench::ops
