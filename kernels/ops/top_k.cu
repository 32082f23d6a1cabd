#include "kernels/ops/block_team.cuh"
#include "kernels/ops/dependent_launch.cuh"
#include "kernels/ops/device_code.cuh"
#include "kernels/ops/ordered_bits.cuh"
#include "kernels/ops/top_k_cuda.h"

// Radix select: the k-th largest key is found 8 bits at a time from the top, each time with a
// histogram of the keys that share the bits found so far; a last pass writes the ranks in order. A
// row's blocks each count a stretch of it and add up one another's counts (block_team.cuh).

namespace skipbench::ops {
namespace {

constexpr int kThreads = 512;
constexpr int kWarps = kThreads / kWarp;
constexpr int kDigits = 256;
constexpr int kPasses = 4;
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

struct SelectMemory {
  // A column a lane: lanes of a warp never meet in one bank, however alike their keys are.
  int4 histogram[kDigits][kWarp / 4];
  // What the team reads. Each pass has counts of its own, so that no block waits for the readers of
  // the pass before.
  int block_counts[kPasses][kDigits];
  int2 block_chosen;                           // keys above the threshold, and equal to it
  int totals[kDigits];                         // of the pass, over the team
  int digit, above;                            // of the pass
  int warp_above[kWarps], warp_equal[kWarps];  // the same of each warp's segment
};

// Counts, for each value of the 8 bits of `pass`, the keys of the row whose higher bits are those
// of `prefix`.
template <int kHeld>
__device__ void count_digits(const RowKeys<kHeld>& keys, uint32_t prefix, int pass,
                             const BlockTeam& team, SelectMemory& memory) {
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
__device__ void find_digit(int wanted, SelectMemory& memory) {
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

template <int kHeld>
__device__ Cut find_cut(const RowKeys<kHeld>& keys, int k, const BlockTeam& team,
                        SelectMemory& memory) {
  uint32_t prefix = 0;
  int wanted = k;  // of the keys that share the prefix
#pragma unroll 1
  for (int pass = 0; pass < kPasses; ++pass) {
    count_digits(keys, prefix, pass, team, memory);
    find_digit(wanted, memory);
    prefix |= static_cast<uint32_t>(memory.digit) << shift_of(pass);
    wanted -= memory.above;
    // All keys with this prefix are wanted: its lower bits do not matter.
    if (memory.totals[memory.digit] == wanted && prefix > 0) return {prefix - 1, 0};
  }
  return {prefix, wanted};
}

// The chosen keys, and the ties, that have lower ranks than those of this warp.
template <int kHeld>
__device__ int2 chosen_before(const RowKeys<kHeld>& keys, Cut cut, const BlockTeam& team,
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
  const int2 of_warp =
      lane < kWarps ? make_int2(memory.warp_above[lane], memory.warp_equal[lane]) : make_int2(0, 0);
  if (warp == 0) {
    above = __reduce_add_sync(kAllLanes, of_warp.x);
    equal = __reduce_add_sync(kAllLanes, of_warp.y);
    if (lane == 0) memory.block_chosen = make_int2(above, equal);
  }
  team.sync();
  // A lane each for an earlier block and for an earlier warp of this one.
  int2 before = lane < warp ? of_warp : make_int2(0, 0);
  if (lane < team.rank()) {
    const int2 of_block = team.of(memory.block_chosen, lane);
    before.x += of_block.x;
    before.y += of_block.y;
  }
  return make_int2(__reduce_add_sync(kAllLanes, before.x), __reduce_add_sync(kAllLanes, before.y));
}

// Writes the chosen ranks, which begin at first_rank, in ascending order.
template <int kHeld>
__device__ void write_ranks(const RowKeys<kHeld>& keys, Cut cut, int2 before, int first_rank,
                            int64_t* __restrict__ ranks) {
  const unsigned lower_lanes = (1U << (threadIdx.x % kWarp)) - 1;
  int above = before.x, equal = before.y;
  keys.visit([&](uint32_t key, int rank) {
    const bool is_above = key > cut.threshold, is_equal = key == cut.threshold;
    const unsigned all_above = __ballot_sync(kAllLanes, is_above);
    const unsigned all_equal = __ballot_sync(kAllLanes, is_equal);
    const int tie = equal + __popc(all_equal & lower_lanes);
    if (is_above || (is_equal && tie < cut.ties)) {
      const int place = above + __popc(all_above & lower_lanes) + min(tie, cut.ties);
      ranks[place] = first_rank + rank;
    }
    above += __popc(all_above);
    equal += __popc(all_equal);
  });
}

__device__ void write_forced(const TopKJob& job, int64_t* __restrict__ ranks) {
  for (int i = static_cast<int>(threadIdx.x); i < job.before; i += kThreads) ranks[i] = i;
  for (int i = static_cast<int>(threadIdx.x); i < job.after; i += kThreads) {
    ranks[job.before + job.k + i] = job.before + job.count + i;
  }
}

template <int kHeld>
__global__ void __launch_bounds__(kThreads) top_k_kernel(TopKJob job) {
  __shared__ SelectMemory memory;
  let_next_kernel_start();
  wait_for_previous_kernel();
  const BlockTeam team;
  const int64_t row = static_cast<int>(blockIdx.x) / team.blocks();
  int64_t* const ranks = job.ranks + row * (job.before + job.k + job.after);
  if (team.rank() == 0) write_forced(job, ranks);
  if (job.k == 0) return;
  const RowKeys<kHeld> keys(job.scores + row * job.score_stride, job.count, team);
  const Cut cut = find_cut(keys, job.k, team, memory);
  const int2 before = chosen_before(keys, cut, team, memory);
  team.arrive();  // done with the others' memory
  write_ranks(keys, cut, before, job.before, ranks + job.before);
  team.wait();  // until they are done with this block's
}

// 8 blocks a row: more than that a cluster need not hold.
constexpr int kBlocks = 8;

}  // namespace

void launch_top_k(const TopKJob& job, CudaStream stream) {
  if (job.rows == 0) return;
  const int blocks = blocks_of_team(top_k_kernel<0>, kBlocks);
  const int64_t steps = ceil_div(job.count, static_cast<int64_t>(blocks) * kThreads);
  const auto kernel = steps <= 2    ? top_k_kernel<2>
                      : steps <= 8  ? top_k_kernel<8>
                      : steps <= 32 ? top_k_kernel<32>
                                    : top_k_kernel<0>;
  launch_teams(kernel, job.rows, blocks, kThreads, stream, job);
  check_launch("top_k");
}

}  // namespace skipbench::ops
