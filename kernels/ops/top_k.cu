#include "kernels/ops/device_code.cuh"
#include "kernels/ops/ordered_bits.cuh"
#include "kernels/ops/top_k_cuda.h"

// Radix select: the k-th largest key is found 8 bits at a time from the top, each time with a
// histogram of the keys that share the bits found so far; a last pass writes the ranks in order.

namespace skipbench::ops {
namespace {

constexpr int kThreads = 1024;
constexpr int kWarps = kThreads / kWarp;
constexpr int kDigits = 256;
constexpr uint32_t kAbsent = 0;  // below every score's key: counted, but never among the k largest

__device__ __forceinline__ uint32_t key_of(float score) {
  return ordered_bits(isnan(score) ? -INFINITY : score);
}

// The keys of a row in the order of their ranks: each warp has a segment of whole steps, and in
// each step every lane one key. kHeld > 0: they stay in registers; 0: each visit reads the scores
// again.
template <int kHeld>
class RowKeys {
 public:
  __device__ RowKeys(const float* __restrict__ scores, int count) : scores_(scores), count_(count) {
    steps_ = (count + kThreads - 1) / kThreads;
    first_ = static_cast<int>(threadIdx.x) / kWarp * steps_ * kWarp +
             static_cast<int>(threadIdx.x) % kWarp;
    if constexpr (kHeld > 0) {
#pragma unroll
      for (int step = 0; step < kHeld; ++step) held_[step] = read(step);
    }
  }

  /// f(key, rank) in ascending ranks of this lane, all lanes of a warp in step.
  template <class F>
  __device__ __forceinline__ void visit(F f) const {
    if constexpr (kHeld > 0) {
#pragma unroll
      for (int step = 0; step < kHeld; ++step) f(held_[step], first_ + step * kWarp);
    } else {
      constexpr int kBatch = 8;  // loads in flight
      for (int begin = 0; begin < steps_; begin += kBatch) {
        uint32_t keys[kBatch];
#pragma unroll
        for (int i = 0; i < kBatch; ++i) keys[i] = read(begin + i);
#pragma unroll
        for (int i = 0; i < kBatch; ++i) f(keys[i], first_ + (begin + i) * kWarp);
      }
    }
  }

 private:
  __device__ __forceinline__ uint32_t read(int step) const {
    const int rank = first_ + step * kWarp;
    return step < steps_ && rank < count_ ? key_of(scores_[rank]) : kAbsent;
  }

  const float* __restrict__ scores_;
  int count_, steps_, first_;
  uint32_t held_[kHeld > 0 ? kHeld : 1];
};

// Keys above `threshold` are chosen, and of those equal to it the first `ties`.
struct Cut {
  uint32_t threshold;
  int ties;
};

struct SelectMemory {
  // A column a lane: lanes of a warp never meet in one bank, however alike their keys are.
  int histogram[kDigits][kWarp];
  int counts[kDigits];
  int digit, above;                            // of the pass
  int warp_above[kWarps], warp_equal[kWarps];  // chosen for sure, and ties, in each warp's segment
};

// Counts, for each value of the 8 bits at `shift`, the keys whose higher bits are those of
// `prefix`.
template <int kHeld>
__device__ void count_digits(const RowKeys<kHeld>& keys, uint32_t prefix, int shift,
                             SelectMemory& memory) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  for (int i = static_cast<int>(threadIdx.x); i < kDigits * kWarp; i += kThreads) {
    memory.histogram[i / kWarp][i % kWarp] = 0;
  }
  __syncthreads();
  const uint32_t higher = shift == 24 ? 0U : 0xffffffffU << (shift + 8);
  keys.visit([&](uint32_t key, int) {
    if ((key & higher) == prefix) atomicAdd(&memory.histogram[key >> shift & 0xffU][lane], 1);
  });
  __syncthreads();
  for (int digit = warp; digit < kDigits; digit += kWarps) {
    const int count = __reduce_add_sync(kAllLanes, memory.histogram[digit][lane]);
    if (lane == 0) memory.counts[digit] = count;
  }
  __syncthreads();
}

// The digit at which the count from the largest digit down reaches `wanted`, and the count of keys
// with a larger digit. By the first warp; lane l looks at digits 255 - 8 l and the seven below.
__device__ void find_digit(int wanted, SelectMemory& memory) {
  constexpr int kEach = kDigits / kWarp;
  if (threadIdx.x < kWarp) {
    const int lane = static_cast<int>(threadIdx.x), top = kDigits - 1 - lane * kEach;
    int own = 0;
    for (int i = 0; i < kEach; ++i) own += memory.counts[top - i];
    int through = own;  // of this lane's digits and all larger ones
    for (int offset = 1; offset < kWarp; offset *= 2) {
      const int other = __shfl_up_sync(kAllLanes, through, offset);
      if (lane >= offset) through += other;
    }
    int above = through - own;
    if (above < wanted && wanted <= through) {
      int digit = top;
      while (above + memory.counts[digit] < wanted) above += memory.counts[digit--];
      memory.digit = digit;
      memory.above = above;
    }
  }
  __syncthreads();
}

template <int kHeld>
__device__ Cut find_cut(const RowKeys<kHeld>& keys, int k, SelectMemory& memory) {
  uint32_t prefix = 0;
  int wanted = k;  // of the keys that share the prefix
  for (int shift = 24; shift >= 0; shift -= 8) {
    count_digits(keys, prefix, shift, memory);
    find_digit(wanted, memory);
    prefix |= static_cast<uint32_t>(memory.digit) << shift;
    wanted -= memory.above;
    // All keys with this prefix are wanted: its lower bits do not matter.
    if (memory.counts[memory.digit] == wanted && prefix > 0) return {prefix - 1, 0};
  }
  return {prefix, wanted};
}

// Writes the chosen ranks in ascending order.
template <int kHeld>
__device__ void write_ranks(const RowKeys<kHeld>& keys, Cut cut, int64_t* __restrict__ ranks,
                            SelectMemory& memory) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  int above = 0, equal = 0;
  keys.visit([&](uint32_t key, int) {
    above += key > cut.threshold ? 1 : 0;
    equal += key == cut.threshold ? 1 : 0;
  });
  above = __reduce_add_sync(kAllLanes, above);
  equal = __reduce_add_sync(kAllLanes, equal);
  if (lane == 0) {
    memory.warp_above[warp] = above;
    memory.warp_equal[warp] = equal;
  }
  __syncthreads();
  // From here on: how many such keys have lower ranks, in earlier warps and in earlier steps.
  above = __reduce_add_sync(kAllLanes, lane < warp ? memory.warp_above[lane] : 0);
  equal = __reduce_add_sync(kAllLanes, lane < warp ? memory.warp_equal[lane] : 0);
  const unsigned lower_lanes = (1U << lane) - 1;
  keys.visit([&](uint32_t key, int rank) {
    const bool is_above = key > cut.threshold, is_equal = key == cut.threshold;
    const unsigned all_above = __ballot_sync(kAllLanes, is_above);
    const unsigned all_equal = __ballot_sync(kAllLanes, is_equal);
    const int tie = equal + __popc(all_equal & lower_lanes);
    if (is_above || (is_equal && tie < cut.ties)) {
      const int place = above + __popc(all_above & lower_lanes) + min(tie, cut.ties);
      ranks[place] = rank;
    }
    above += __popc(all_above);
    equal += __popc(all_equal);
  });
}

template <int kHeld>
__global__ void __launch_bounds__(kThreads, 1) top_k_kernel(TopKJob job) {
  __shared__ SelectMemory memory;
  const int64_t row = blockIdx.x;
  const RowKeys<kHeld> keys(job.scores + row * job.score_stride, job.count);
  const Cut cut = find_cut(keys, job.k, memory);
  write_ranks(keys, cut, job.ranks + row * job.k, memory);
}

}  // namespace

void launch_top_k(const TopKJob& job, CudaStream stream) {
  if (job.rows == 0) return;
  const auto blocks = static_cast<unsigned>(job.rows);
  if (job.count <= 8 * kThreads) {
    top_k_kernel<8><<<blocks, kThreads, 0, stream>>>(job);
  } else if (job.count <= 32 * kThreads) {
    top_k_kernel<32><<<blocks, kThreads, 0, stream>>>(job);
  } else {
    top_k_kernel<0><<<blocks, kThreads, 0, stream>>>(job);
  }
  check_launch("top_k");
}

}  // namespace skipbench::ops
