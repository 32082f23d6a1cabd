#include "kernels/ops/sparse/sparse_lists.h"

#include "kernels/ops/device/device_code.cuh"
#include "kernels/ops/sparse/sparse_blocks.h"

namespace skipbench::ops {
namespace {

constexpr int kListThreads = 128;

// Appends the items of 0 .. count - 1 that `take` wants to a list, by one warp, in order.
template <class Take, class Store>
__device__ int list_items(int count, Take take, Store store) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  int length = 0;
  for (int first = 0; first < count; first += kWarp) {
    const bool taken = first + lane < count && take(first + lane);
    const unsigned all = __ballot_sync(kAllLanes, taken);
    if (taken) store(length + __popc(all & ((1U << lane) - 1)), first + lane);
    length += __popc(all);
  }
  return length;
}

// One warp for each block of queries of each head.
__global__ void __launch_bounds__(kListThreads) list_keys_kernel(SparseAttentionJob job) {
  const int64_t list =
      (static_cast<int64_t>(blockIdx.x) * kListThreads + threadIdx.x) / kWarp;  // head, block
  if (list >= static_cast<int64_t>(job.query_blocks) * job.query_heads) return;
  const int head = static_cast<int>(list / job.query_blocks);
  const int query_block = static_cast<int>(list % job.query_blocks);
  const bool* const sees = job.blocks + list * job.key_blocks;
  int16_t* const blocks = job.block_list + list * job.key_blocks;
  const int reach =
      min(job.key_blocks, static_cast<int>((query_block + 1) * (kQueryBlock / kKeyBlock)));
  const int block_count = list_items(
      reach, [&](int block) { return sees[block]; },
      [&](int place, int block) { blocks[place] = static_cast<int16_t>(block); });
  const int64_t* const keys = job.column_keys + static_cast<int64_t>(head) * job.columns;
  int32_t* const columns = job.column_list + list * job.columns;
  const int64_t last_query = static_cast<int64_t>(query_block + 1) * kQueryBlock - 1;
  const int column_count = list_items(
      job.columns, [&](int i) { return keys[i] <= last_query && !sees[keys[i] / kKeyBlock]; },
      [&](int place, int i) { columns[place] = static_cast<int32_t>(keys[i]); });
  if (threadIdx.x % kWarp == 0) {
    job.list_lengths[2 * list] = block_count;
    job.list_lengths[2 * list + 1] = column_count;
  }
}

}  // namespace

void launch_list_keys(const SparseAttentionJob& job, CudaStream stream) {
  const int64_t lists = static_cast<int64_t>(job.query_blocks) * job.query_heads;
  list_keys_kernel<<<static_cast<int>(ceil_div(lists * kWarp, kListThreads)), kListThreads, 0,
                     stream>>>(job);
  check_launch("list_keys");
}

}  // namespace skipbench::ops
