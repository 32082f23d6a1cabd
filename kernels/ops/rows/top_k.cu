#include "kernels/ops/device/block_team.cuh"
#include "kernels/ops/device/dependent_launch.cuh"
#include "kernels/ops/device/device_code.cuh"
#include "kernels/ops/rows/radix_cut.cuh"
#include "kernels/ops/rows/top_k_cuda.h"

// The cut of radix_cut.cuh; then a last pass over the row, which is in registers where they hold
// it, writes the ranks of the chosen keys in order.

namespace skipbench::ops {
namespace {

using radix::Cut, radix::RowKeys;
using radix::kMostBlocks, radix::kThreads, radix::kWarps;

struct SelectMemory {
  radix::CutMemory cut;
  int2 block_chosen;                           // keys above the threshold, and equal to it
  int warp_above[kWarps], warp_equal[kWarps];  // the same of each warp's segment
};

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
  const Cut cut = find_cut(keys, job.k, team, memory.cut);
  const int2 before = chosen_before(keys, cut, team, memory);
  team.arrive();  // done with the others' memory
  write_ranks(keys, cut, before, job.before, ranks + job.before);
  team.wait();  // until they are done with this block's
}

}  // namespace

void launch_top_k(const TopKJob& job, CudaStream stream) {
  if (job.rows == 0) return;
  const int blocks = blocks_of_team(top_k_kernel<0>, kMostBlocks);
  const int64_t steps = ceil_div(job.count, static_cast<int64_t>(blocks) * kThreads);
  const auto kernel = steps <= 2    ? top_k_kernel<2>
                      : steps <= 8  ? top_k_kernel<8>
                      : steps <= 32 ? top_k_kernel<32>
                                    : top_k_kernel<0>;
  launch_teams(kernel, job.rows, blocks, kThreads, stream, job);
  check_launch("top_k");
}

}  // namespace skipbench::ops
