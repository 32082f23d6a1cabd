#pragma once

#include "kernels/ops/device/device_code.cuh"
#include "kernels/ops/sparse/shared_barrier.cuh"
#include "kernels/ops/sparse/sparse_attention_cuda.h"
#include "kernels/ops/sparse/sparse_blocks.h"
#include "kernels/ops/sparse/warpgroup_mma.cuh"

// How sparse attention divides its work: blocks of queries, tiles of keys, and the shared memory in
// which those that copy and those that compute meet.

namespace skipbench::ops::sparse {

constexpr int kQueries = kQueryBlock;  // of a block of threads
constexpr int kKeys = 128;             // of a tile
constexpr int kTileBlocks = kKeys / kKeyBlock;
constexpr int kStages = 3;            // tiles in shared memory
constexpr int kConsumers = 2;         // warpgroups
constexpr int kNowhere = 0x7fffffff;  // the position of a key that is not there

// What a block of threads works on.
struct Place {
  int head, kv_head, query_block;
  int64_t list;  // of job.list_lengths

  // Query heads of a group run side by side, so that they find each other's keys in the L2 cache;
  // after them the blocks of queries, the longest first.
  __device__ explicit Place(const SparseAttentionJob& job) {
    const int group = job.query_heads / job.kv_heads;
    int rest = static_cast<int>(blockIdx.x);
    const int in_group = rest % group;
    rest /= group;
    query_block = job.query_blocks - 1 - rest % job.query_blocks;
    kv_head = rest / job.query_blocks;
    head = kv_head * group + in_group;
    list = static_cast<int64_t>(head) * job.query_blocks + query_block;
  }
  __device__ int first_query() const { return query_block * kQueries; }
};

// The tiles of a block of queries: its blocks two by two, then its columns.
struct Tiles {
  const int16_t* blocks;
  const int32_t* columns;
  int block_count, column_count, block_tiles, count;

  __device__ Tiles(const SparseAttentionJob& job, int64_t list)
      : blocks(job.block_list + list * job.key_blocks),
        columns(job.column_list + list * job.columns),
        block_count(job.list_lengths[2 * list]),
        column_count(job.list_lengths[2 * list + 1]),
        block_tiles((block_count + kTileBlocks - 1) / kTileBlocks),
        count(max(1, block_tiles + (column_count + kKeys - 1) / kKeys)) {}

  // The key at `place` of a tile, or kNowhere.
  __device__ int position(int tile, int place, int tokens) const {
    if (tile < block_tiles) {
      const int index = tile * kTileBlocks + place / static_cast<int>(kKeyBlock);
      if (index >= block_count) return kNowhere;
      const int key = static_cast<int>(blocks[index] * kKeyBlock + place % kKeyBlock);
      return key < tokens ? key : kNowhere;
    }
    const int index = (tile - block_tiles) * kKeys + place;
    return index < column_count ? columns[index] : kNowhere;
  }
};

template <int kHead>
struct Shared {
  static constexpr int kTileBytes = kKeys * kTileRowBytes;  // of 64 elements a row
  static constexpr int kParts = kHead / 64;
  // Swizzled tiles (warpgroup_mma.cuh), of rows of 64 elements each.
  alignas(1024) char queries[kParts][kTileBytes];
  alignas(1024) char keys[kStages][kParts][kTileBytes];
  alignas(1024) char values[kStages][kParts][kTileBytes];
  int positions[kStages][kKeys];
  int masked[kStages][kWarpgroup / kWarp];  // by copying warp: whether some query must not see all
  SharedBarrier queries_full, keys_full[kStages], keys_empty[kStages], values_full[kStages],
      values_empty[kStages];
};
static_assert(kQueries == kKeys, "queries and keys share the layout of a tile");

}  // namespace skipbench::ops::sparse
