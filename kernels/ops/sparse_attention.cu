#include "kernels/ops/async_copy.cuh"
#include "kernels/ops/device_code.cuh"
#include "kernels/ops/mma.cuh"
#include "kernels/ops/shared_barrier.cuh"
#include "kernels/ops/sparse_attention_cuda.h"
#include "kernels/ops/sparse_blocks.h"
#include "kernels/ops/warpgroup_mma.cuh"

// A block of threads serves 128 queries of one head. One warpgroup copies the listed keys and
// values into shared memory, 128 at a time, up to three such tiles ahead; the two others hold 64
// queries each and run FlashAttention's online softmax over the tiles, the products of one tile
// beside the softmax of the next (FlashAttention-3, arXiv 2407.08608, section 3.2). Keys need not
// lie side by side, so single columns cost as much as blocks.

// In the passes for other architectures nothing calls what only this kernel's body uses.
#pragma nv_diag_suppress 177

namespace skipbench::ops {
namespace {

constexpr int kQueries = kQueryBlock;  // of a block of threads
constexpr int kKeys = 128;             // of a tile
constexpr int kTileBlocks = kKeys / kKeyBlock;
constexpr int kStages = 3;     // tiles in shared memory
constexpr int kConsumers = 2;  // warpgroups
constexpr int kThreads = (1 + kConsumers) * kWarpgroup;
constexpr int kNowhere = 0x7fffffff;  // the position of a key that is not there

// Registers a thread: those that copy give theirs to those that compute.
constexpr int kCopyRegisters = 40, kComputeRegisters = 232;

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
      min(job.key_blocks, static_cast<int>((query_block + 1) * (kQueries / kKeyBlock)));
  const int block_count = list_items(
      reach, [&](int block) { return sees[block]; },
      [&](int place, int block) { blocks[place] = static_cast<int16_t>(block); });
  const int64_t* const keys = job.column_keys + static_cast<int64_t>(head) * job.columns;
  int32_t* const columns = job.column_list + list * job.columns;
  const int64_t last_query = static_cast<int64_t>(query_block + 1) * kQueries - 1;
  const int column_count = list_items(
      job.columns, [&](int i) { return keys[i] <= last_query && !sees[keys[i] / kKeyBlock]; },
      [&](int place, int i) { columns[place] = static_cast<int32_t>(keys[i]); });
  if (threadIdx.x % kWarp == 0) {
    job.list_lengths[2 * list] = block_count;
    job.list_lengths[2 * list + 1] = column_count;
  }
}

// What a block of threads works on.
struct Place {
  int head, kv_head, query_block;
  int64_t list;  // of job.list_lengths

  // Query heads of a group run side by side, so that they find each other's keys in the L2 cache;
  // behind them the blocks of queries, the longest first.
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

// Copies rows of heads of x, the warp's 32 places of a tile: lane l's place is position `own`.
template <class T, int kHead>
__device__ __forceinline__ void copy_rows(char (&tile)[kHead / 64][kKeys * kTileRowBytes],
                                          const void* x, int64_t row_stride, int head, int own) {
  constexpr int kPieces = kHead / 8, kRowsAtOnce = kWarp / kPieces;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int piece = lane % kPieces;
  const T* const column = static_cast<const T*>(x) + head * kHead + piece * 8;
  char* const part = tile[piece / 8];
#pragma unroll 4
  for (int i = 0; i < kWarp; i += kRowsAtOnce) {
    const int in_warp = i + lane / kPieces, row = warp * kWarp + in_warp;
    const int position = __shfl_sync(kAllLanes, own, in_warp);
    const bool there = position != kNowhere;
    copy16_or_zero_async(part + swizzled(row, piece % 8),
                         column + (there ? position : 0) * row_stride, there);
  }
}

// The copying warpgroup. A copy is announced while the next two are under way.
template <class T, int kHead>
class Copier {
 public:
  __device__ Copier(const SparseAttentionJob& job, Shared<kHead>& shared)
      : job_(job), shared_(shared), place_(job), tiles_(job, place_.list) {}

  __device__ void run() {
    const int tokens = static_cast<int>(job_.tokens), row = static_cast<int>(threadIdx.x);
    const int query = place_.first_query() + row;
    copy_rows<T, kHead>(shared_.queries, job_.q, job_.q_row_stride, place_.head,
                        query < tokens ? query : kNowhere);
    end_copy(shared_.queries_full);
    for (int tile = 0; tile < tiles_.count; ++tile) {
      const int stage = tile % kStages, emptied = tile / kStages - 1;
      const int position = tiles_.position(tile, row, tokens);
      wait_for(shared_.keys_empty[stage], emptied);
      shared_.positions[stage][row] = position;
      const bool masks = __any_sync(kAllLanes, position > place_.first_query());
      if (row % kWarp == 0) shared_.masked[stage][row / kWarp] = masks;
      copy_rows<T, kHead>(shared_.keys[stage], job_.k, job_.k_row_stride, place_.kv_head, position);
      end_copy(shared_.keys_full[stage]);
      wait_for(shared_.values_empty[stage], emptied);
      copy_rows<T, kHead>(shared_.values[stage], job_.v, job_.v_row_stride, place_.kv_head,
                          position);
      end_copy(shared_.values_full[stage]);
    }
    wait_for_copies<0>();
    announce(older_);
    announce(newer_);
  }

 private:
  __device__ void end_copy(SharedBarrier& full) {
    end_copy_group();
    wait_for_copies<2>();
    announce(older_);
    older_ = newer_;
    newer_ = &full;
  }
  static __device__ void announce(SharedBarrier* full) {
    if (full == nullptr) return;
    show_to_products();
    arrive(*full);
  }

  const SparseAttentionJob& job_;
  Shared<kHead>& shared_;
  Place place_;
  Tiles tiles_;
  SharedBarrier *older_ = nullptr, *newer_ = nullptr;  // of copies that are under way
};

__device__ __forceinline__ float fast_exp2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// A warpgroup with 64 queries. A lane holds rows g and g + 8 of its warp's 16, as products leave
// them.
template <class T, int kHead>
class Attender {
 public:
  __device__ Attender(const SparseAttentionJob& job, Shared<kHead>& shared)
      : job_(job), shared_(shared), place_(job), scale_(rsqrtf(kHead) * kLog2E) {
    const int thread = static_cast<int>(threadIdx.x) - kWarpgroup;
    const int lane = thread % kWarp;
    group_ = thread / kWarpgroup;
    row_ = thread / kWarp * 16 + lane / 4;  // of the block's queries; the other is row_ + 8
    pair_ = lane % 4;
    leads_warp_ = lane == 0;
  }

  __device__ void run() {
    const int tiles = Tiles(job_, place_.list).count;
    float scores[kKeys / 2], out[kHead / 2];
    uint32_t weights[kKeys / 4];
#pragma unroll
    for (float& x : out) x = 0;
    wait_for(shared_.queries_full, 0);
    start_scores(0, scores);
    wait_for_products<0>();
    pin(scores);
    take(0, scores);
    pack(scores, weights);
    for (int tile = 1; tile < tiles; ++tile) {
      start_scores(tile, scores);
      start_values(tile - 1, weights, out);
      wait_for_products<1>();
      pin(scores);
      const float2 shrink = take(tile, scores);
      wait_for_products<0>();
      pin(out);
      pin(weights);
      release(shared_.values_empty[(tile - 1) % kStages]);
#pragma unroll
      for (int i = 0; i < kHead / 2; ++i) out[i] *= i % 4 < 2 ? shrink.x : shrink.y;
      pack(scores, weights);
    }
    start_values(tiles - 1, weights, out);
    wait_for_products<0>();
    pin(out);
    store(out);
  }

 private:
  __device__ __forceinline__ void release(SharedBarrier& empty) {
    __syncwarp();
    if (leads_warp_) arrive(empty);
  }

  // scores = queries x the tile's keys.
  __device__ __forceinline__ void start_scores(int tile, float (&scores)[kKeys / 2]) {
    const int stage = tile % kStages;
    wait_for(shared_.keys_full[stage], tile / kStages);
    pin(scores);
    begin_products();
#pragma unroll
    for (int k = 0; k < kHead / 16; ++k) {
      const int part = k / 4, offset = k % 4 * 32;
      multiply_tiles<T>(
          scores,
          operand(shared_address(shared_.queries[part]) + group_ * 64 * kTileRowBytes + offset, 0),
          operand(shared_address(shared_.keys[stage][part]) + offset, 0), k > 0);
    }
    end_product_group();
  }

  // out += weights x the tile's values.
  __device__ __forceinline__ void start_values(int tile, uint32_t (&weights)[kKeys / 4],
                                               float (&out)[kHead / 2]) {
    const int stage = tile % kStages;
    wait_for(shared_.values_full[stage], tile / kStages);
    pin(out);
    pin(weights);
    begin_products();
#pragma unroll
    for (int k = 0; k < kKeys / 16; ++k) {
      multiply_add_registers<T>(
          out, weights + 4 * k,
          operand(shared_address(shared_.values[stage][0]) + k * 16 * kTileRowBytes,
                  Shared<kHead>::kTileBytes));
    }
    end_product_group();
  }

  // Turns the tile's scores into weights under the softmax so far. By how much earlier ones shrink.
  __device__ __forceinline__ float2 take(int tile, float (&scores)[kKeys / 2]) {
    const int stage = tile % kStages;
    const int4 masked = *reinterpret_cast<const int4*>(shared_.masked[stage]);
    if ((masked.x | masked.y | masked.z | masked.w) != 0) mask(stage, scores);
    release(shared_.keys_empty[stage]);
    float2 most = most_;
#pragma unroll
    for (int i = 0; i < kKeys / 2; i += 4) {
      most.x = fmaxf(most.x, fmaxf(scores[i], scores[i + 1]));
      most.y = fmaxf(most.y, fmaxf(scores[i + 2], scores[i + 3]));
    }
    most = {quad_max(most.x), quad_max(most.y)};
    const float2 shrink = {fast_exp2((most_.x - most.x) * scale_),
                           fast_exp2((most_.y - most.y) * scale_)};
    const float2 offset = {-most.x * scale_, -most.y * scale_};
    float2 sum = {0, 0};
#pragma unroll
    for (int i = 0; i < kKeys / 2; i += 4) {
      scores[i] = fast_exp2(fmaf(scores[i], scale_, offset.x));
      scores[i + 1] = fast_exp2(fmaf(scores[i + 1], scale_, offset.x));
      scores[i + 2] = fast_exp2(fmaf(scores[i + 2], scale_, offset.y));
      scores[i + 3] = fast_exp2(fmaf(scores[i + 3], scale_, offset.y));
      sum.x += scores[i] + scores[i + 1];
      sum.y += scores[i + 2] + scores[i + 3];
    }
    most_ = most;
    sum_ = {sum_.x * shrink.x + sum.x, sum_.y * shrink.y + sum.y};
    return shrink;
  }

  // A query sees no key behind it, and none that is not there.
  __device__ __forceinline__ void mask(int stage, float (&scores)[kKeys / 2]) const {
    const int first = place_.first_query() + row_;
#pragma unroll
    for (int i = 0; i < kKeys / 2; i += 4) {
      const int2 keys =
          *reinterpret_cast<const int2*>(&shared_.positions[stage][2 * i + 2 * pair_]);
      if (keys.x > first) scores[i] = kNone;
      if (keys.y > first) scores[i + 1] = kNone;
      if (keys.x > first + 8) scores[i + 2] = kNone;
      if (keys.y > first + 8) scores[i + 3] = kNone;
    }
  }

  static __device__ __forceinline__ void pack(const float (&scores)[kKeys / 2],
                                              uint32_t (&weights)[kKeys / 4]) {
#pragma unroll
    for (int i = 0; i < kKeys / 4; ++i) {
      weights[i] = pair_of<T>(scores[2 * i], scores[2 * i + 1]);
    }
  }

  __device__ __forceinline__ void store(const float (&out)[kHead / 2]) const {
    const float2 share = {1 / quad_sum(sum_.x), 1 / quad_sum(sum_.y)};
    const int64_t query = place_.first_query() + row_;
    const int64_t stride = static_cast<int64_t>(job_.query_heads) * kHead;
    T* const row = static_cast<T*>(job_.out) + query * stride + place_.head * kHead + 2 * pair_;
#pragma unroll
    for (int i = 0; i < kHead / 2; i += 4) {
      if (query < job_.tokens) {
        *reinterpret_cast<uint32_t*>(row + 2 * i) =
            pair_of<T>(out[i] * share.x, out[i + 1] * share.x);
      }
      if (query + 8 < job_.tokens) {
        *reinterpret_cast<uint32_t*>(row + 8 * stride + 2 * i) =
            pair_of<T>(out[i + 2] * share.y, out[i + 3] * share.y);
      }
    }
  }

  const SparseAttentionJob& job_;
  Shared<kHead>& shared_;
  Place place_;
  float scale_;  // of scores, to units of log 2
  int group_, row_, pair_;
  bool leads_warp_;
  float2 most_ = {kNone, kNone}, sum_ = {0, 0};  // of rows row_ and row_ + 8; sums of this lane's
};

template <class T, int kHead>
__global__ void __launch_bounds__(kThreads, 1)
    sparse_attention_kernel(const __grid_constant__ SparseAttentionJob job) {
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
  extern __shared__ char raw[];
  const uint32_t offset = (1024 - shared_address(raw) % 1024) % 1024;
  Shared<kHead>& shared = *reinterpret_cast<Shared<kHead>*>(raw + offset);
  if (threadIdx.x == 0) {
    init_barrier(shared.queries_full, kWarpgroup);
    for (int stage = 0; stage < kStages; ++stage) {
      init_barrier(shared.keys_full[stage], kWarpgroup);
      init_barrier(shared.values_full[stage], kWarpgroup);
      init_barrier(shared.keys_empty[stage], kConsumers * kWarpgroup / kWarp);
      init_barrier(shared.values_empty[stage], kConsumers * kWarpgroup / kWarp);
    }
  }
  __syncthreads();
  if (threadIdx.x < kWarpgroup) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kCopyRegisters));
    Copier<T, kHead>(job, shared).run();
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kComputeRegisters));
    Attender<T, kHead>(job, shared).run();
  }
#endif
}

template <class T, int kHead>
void launch_for(const SparseAttentionJob& job, CudaStream stream) {
  constexpr int kSharedBytes = sizeof(Shared<kHead>) + 1024;
  const auto kernel = sparse_attention_kernel<T, kHead>;
  cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes);
  kernel<<<job.query_blocks * job.query_heads, kThreads, kSharedBytes, stream>>>(job);
  check_launch("sparse_attention");
}

template <class T>
void launch_for_type(const SparseAttentionJob& job, CudaStream stream) {
  job.head_size == 128 ? launch_for<T, 128>(job, stream) : launch_for<T, 64>(job, stream);
}

}  // namespace

bool device_runs_sparse_attention() {
  int device = 0, major = 0;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  return major == 9 && compiled_for_hopper(sparse_attention_kernel<__half, 64>);
}

void launch_sparse_attention(const SparseAttentionJob& job, CudaStream stream) {
  const int64_t lists = static_cast<int64_t>(job.query_blocks) * job.query_heads;
  list_keys_kernel<<<static_cast<int>(ceil_div(lists * kWarp, kListThreads)), kListThreads, 0,
                     stream>>>(job);
  check_launch("list_keys");
  if (job.element == Element::kHalf) {
    launch_for_type<__half>(job, stream);
  } else {
    launch_for_type<__nv_bfloat16>(job, stream);
  }
}

}  // namespace skipbench::ops
