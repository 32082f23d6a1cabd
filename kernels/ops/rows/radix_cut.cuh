#pragma once

#include "kernels/ops/device/block_team.cuh"
#include "kernels/ops/device/device_code.cuh"
#include "kernels/ops/rows/ordered_bits.cuh"

// Where the k largest keys of a row end. Radix select: the k-th largest key is found 8 bits at a
// time from the top, each time with a histogram of the keys that share the bits found so far, until
// these are few enough to be compared with one another. A row's blocks each count a stretch of it
// and add up one another's counts (block_team.cuh).

namespace skipbench::ops::radix {

constexpr int kThreads = 512;
constexpr int kWarps = kThreads / kWarp;
constexpr int kDigits = 256;
constexpr int kPasses = 4;
constexpr int kFew = kThreads;  // keys that are compared, a thread each
constexpr int kMostBlocks = 8;  // of a row: more than that a cluster need not hold
static_assert(kMostBlocks <= kWarps, "a block's keys are gathered by a warp");
constexpr uint32_t kAbsent = 0;  // below every score's key: counted, but never among the k largest

// The lowest of the 8 bits of a pass.
__device__ __forceinline__ int shift_of(int pass) {
  return 8 * (kPasses - 1 - pass);
}

__device__ __forceinline__ uint32_t key_of(float score) {
  return ordered_bits(isnan(score) ? -INFINITY : score);
}

// The keys of a row in the order of their ranks: each warp of each block has a segment of whole
// steps, and in each step every lane one key. kHeld > 0: they stay in registers; 0: each visit
// reads the scores again.
template <int kHeld>
class RowKeys {
 public:
  __device__ RowKeys(const float* __restrict__ scores, int count, const BlockTeam& team)
      : scores_(scores), count_(count) {
    const int threads = team.blocks() * kThreads;
    steps_ = (count + threads - 1) / threads;
    const int warp = team.rank() * kWarps + static_cast<int>(threadIdx.x) / kWarp;
    first_ = warp * steps_ * kWarp + static_cast<int>(threadIdx.x) % kWarp;
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

struct CutMemory {
  // A column a lane: lanes of a warp never meet in one bank, however alike their keys are.
  int4 histogram[kDigits][kWarp / 4];
  // What the team reads. Each pass has counts of its own, so that no block waits for the readers of
  // the pass before.
  int block_counts[kPasses][kDigits];
  int block_few;           // keys in `few`
  uint32_t few[kFew];      // those that share the bits found, in any order
  int totals[kDigits];     // of the pass, over the team
  int digit, above;        // of the pass
  uint32_t all_few[kFew];  // those of the team
  Cut cut;
};

// Counts, for each value of the 8 bits of `pass`, the keys of the row whose higher bits are those
// of `prefix`.
template <int kHeld>
__device__ void count_digits(const RowKeys<kHeld>& keys, uint32_t prefix, int pass,
                             const BlockTeam& team, CutMemory& memory) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  int* const histogram = &memory.histogram[0][0].x;
  for (int i = static_cast<int>(threadIdx.x); i < kDigits * kWarp / 4; i += kThreads) {
    (&memory.histogram[0][0])[i] = make_int4(0, 0, 0, 0);
  }
  __syncthreads();
  const int shift = shift_of(pass);
  const uint32_t higher = pass == 0 ? 0U : 0xffffffffU << (shift + 8);
  keys.visit([&](uint32_t key, int) {
    if ((key & higher) == prefix) {
      atomicAdd(histogram + (key >> shift & 0xffU) * kWarp + lane, 1);
    }
  });
  __syncthreads();
#pragma unroll 4
  for (int digit = warp; digit < kDigits; digit += kWarps) {
    const int count = __reduce_add_sync(kAllLanes, histogram[digit * kWarp + lane]);
    if (lane == 0) memory.block_counts[pass][digit] = count;
  }
  team.sync();
  const int digit = static_cast<int>(threadIdx.x);
  if (digit < kDigits) memory.totals[digit] = team.sum(memory.block_counts[pass][digit]);
  __syncthreads();
}

// The digit at which the count from the largest digit down reaches `wanted`, and the count of keys
// with a larger digit. By the first warp; lane l looks at digits 255 - 8 l and the seven below.
inline __device__ void find_digit(int wanted, CutMemory& memory) {
  constexpr int kEach = kDigits / kWarp;
  if (threadIdx.x < kWarp) {
    const int lane = static_cast<int>(threadIdx.x), top = kDigits - 1 - lane * kEach;
    int own = 0;
    for (int i = 0; i < kEach; ++i) own += memory.totals[top - i];
    int through = own;  // of this lane's digits and all larger ones
    for (int offset = 1; offset < kWarp; offset *= 2) {
      const int other = __shfl_up_sync(kAllLanes, through, offset);
      if (lane >= offset) through += other;
    }
    int above = through - own;
    if (above < wanted && wanted <= through) {
      int digit = top;
      while (above + memory.totals[digit] < wanted) above += memory.totals[digit--];
      memory.digit = digit;
      memory.above = above;
    }
  }
  __syncthreads();
}

// The lists `few` of the team one after the other, a warp a block.
inline __device__ void gather_few(const BlockTeam& team, CutMemory& memory) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int count = lane < team.blocks() ? team.of(memory.block_few, lane) : 0;
  const int own = __shfl_sync(kAllLanes, count, warp);
  const int before = __reduce_add_sync(kAllLanes, lane < warp ? count : 0);
  for (int i = lane; i < own; i += kWarp) memory.all_few[before + i] = team.of(memory.few[i], warp);
  __syncthreads();
}

// The cut at the `wanted`-th largest of the `count` <= kFew keys that share the bits that `pass`
// has found: each of them is compared with all others.
template <int kHeld>
__device__ Cut cut_few(const RowKeys<kHeld>& keys, uint32_t prefix, int pass, int count, int wanted,
                       const BlockTeam& team, CutMemory& memory) {
  if (threadIdx.x == 0) memory.block_few = 0;
  __syncthreads();
  const uint32_t found = 0xffffffffU << shift_of(pass);
  keys.visit([&](uint32_t key, int) {
    if ((key & found) == prefix) memory.few[atomicAdd(&memory.block_few, 1)] = key;
  });
  team.sync();
  gather_few(team, memory);
  if (static_cast<int>(threadIdx.x) < count) {
    const uint32_t own = memory.all_few[threadIdx.x];
    int above = 0, equal = 0;
#pragma unroll 8
    for (int i = 0; i < count; ++i) {
      above += memory.all_few[i] > own ? 1 : 0;
      equal += memory.all_few[i] == own ? 1 : 0;
    }
    if (above < wanted && wanted <= above + equal) memory.cut = {own, wanted - above};
  }
  __syncthreads();
  return memory.cut;
}

template <int kHeld>
__device__ Cut find_cut(const RowKeys<kHeld>& keys, int k, const BlockTeam& team,
                        CutMemory& memory) {
  uint32_t prefix = 0;
  int wanted = k;  // of the keys that share the prefix
#pragma unroll 1
  for (int pass = 0; pass < kPasses; ++pass) {
    count_digits(keys, prefix, pass, team, memory);
    find_digit(wanted, memory);
    prefix |= static_cast<uint32_t>(memory.digit) << shift_of(pass);
    wanted -= memory.above;
    const int sharing = memory.totals[memory.digit];
    // All keys with this prefix are wanted: its lower bits do not matter.
    if (sharing == wanted && prefix > 0) return {prefix - 1, 0};
    if (sharing <= kFew && pass + 1 < kPasses) {
      return cut_few(keys, prefix, pass, sharing, wanted, team, memory);
    }
  }
  return {prefix, wanted};
}

}  // namespace skipbench::ops::radix
