#include "kernels/ops/attention/decode_attention_cuda.h"
#include "kernels/ops/device/async_copy.cuh"
#include "kernels/ops/device/dependent_launch.cuh"
#include "kernels/ops/device/device_code.cuh"
#include "kernels/ops/device/mma.cuh"

// A warp takes 16 keys at a time: scores = Q K^T (the query heads of one KV head are the rows, keys
// the columns of two products side by side), the softmax so far, then out^T += V^T P^T. While it
// computes, the next 16 keys are on their way to shared memory, whole rows at a time: half lines
// would cost a fifth of the bandwidth. g = lane / 4, t = lane % 4 (mma.cuh). All blocks run at
// once, each with one part of the keys: one that waited for another's end would work on an almost
// idle device.

namespace skipbench::ops {
namespace {

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / kWarp;
constexpr int kBlocksPerSm = 2;
constexpr int kStages = 3;  // tiles of a warp under way or in use
constexpr int kTile = 16;   // keys of a warp's step
constexpr int kGroup = 8;   // query heads of a KV head, at most
// Of two registers with two elements each: the first of both, the second of both.
constexpr unsigned kLowHalves = 0x5410, kHighHalves = 0x7632;

// The cache with the new rows in it.
__device__ __forceinline__ CachePlace place_of(const DecodeAttentionJob& job) {
  if (job.place != nullptr) {
    CachePlace place = *job.place;
    place.length += job.length;
    return place;
  }
  return {const_cast<void*>(job.keys), const_cast<void*>(job.values), job.cache_head_stride,
          job.length};
}

// A warp's attention so far. A lane has, for query head g, the largest score (in units of log 2)
// and its share of the sum of 2^(score - most); and of the values weighted alike, for query heads
// 2 t + i, columns 64 b + 8 g + 2 c + r: out[b][c][2 r + i].
template <class T, int kHead>
class WarpAttention {
 public:
  static constexpr int kPieces = kHead / 32;  // of 16 bytes, in a lane's share of a row of Q or K
  static constexpr int kColumns = kHead / 64;

  __device__ WarpAttention(const T* queries, int group) {
    const Words zeros{};
#pragma unroll
    for (int j = 0; j < kPieces; ++j) {
      queries_[j] = g() < group ? load_words(queries + g() * kHead + 32 * j + 8 * t()) : zeros;
    }
  }

  /// 16 keys and values in words of 16 bytes, whose place in a row is turned so that the eight
  /// lanes that read at a time meet no bank twice.
  struct Tile {
    static constexpr int kWords = kHead / 8;
    Words keys[kTile][kWords], values[kTile][kWords];

    __device__ Words& key(int row, int word) { return keys[row][word ^ (row % 2 * 4)]; }
    __device__ Words& value(int row, int word) { return values[row][word ^ (row / 2 % 4 * 2)]; }
  };

  /// Begins to copy rows base .. base + 15, of which those from `end` on are not read.
  __device__ __forceinline__ void fetch(Tile& tile, const T* keys, const T* values, int base,
                                        int end) const {
    constexpr int kRows = kWarp / Tile::kWords;  // at once
    const int word = lane() % Tile::kWords;
#pragma unroll
    for (int first = 0; first < kTile; first += kRows) {
      const int row = first + lane() / Tile::kWords;
      const int source = min(base + row, end - 1) * kHead + 8 * word;
      copy16_async(&tile.key(row, word), keys + source);
      copy16_async(&tile.value(row, word), values + source);
    }
  }

  /// Attends to rows base .. base + 15 of a tile that has arrived, those before `end` alone.
  __device__ __forceinline__ void step(Tile& tile, int base, int end, float scale) {
    float scores[2][4] = {};
#pragma unroll
    for (int j = 0; j < kPieces; ++j) {
      const uint32_t* const q = queries_[j].words;
      const uint32_t even[4] = {q[0], 0, q[1], 0}, odd[4] = {q[2], 0, q[3], 0};
#pragma unroll
      for (int side = 0; side < 2; ++side) {
        const Words w = tile.key(8 * side + g(), 4 * j + t());
        multiply_add<T>(scores[side], even, w.words[0], w.words[1]);
        multiply_add<T>(scores[side], odd, w.words[2], w.words[3]);
      }
    }
    float p[2][2];
    weigh(scores, base, end, scale, p);
    const uint32_t low = pair_of<T>(p[0][0], p[0][1]), high = pair_of<T>(p[1][0], p[1][1]);
#pragma unroll
    for (int b = 0; b < kColumns; ++b) {
      Words v[4];
#pragma unroll
      for (int i = 0; i < 4; ++i) v[i] = tile.value(8 * (i / 2) + 2 * t() + i % 2, 8 * b + g());
#pragma unroll
      for (int c = 0; c < 4; ++c) {  // columns 64 b + 8 g + 2 c and the next: pairs of keys each
        const uint32_t first = v[0].words[c], second = v[1].words[c];
        const uint32_t third = v[2].words[c], fourth = v[3].words[c];
        const uint32_t columns[4] = {
            __byte_perm(first, second, kLowHalves), __byte_perm(first, second, kHighHalves),
            __byte_perm(third, fourth, kLowHalves), __byte_perm(third, fourth, kHighHalves)};
        multiply_add<T>(out_[b][c], columns, low, high);
      }
    }
  }

  __device__ float most() const {
    return most_;
  }
  __device__ float sum() const {
    return quad_sum(sum_);
  }
  /// Writes this lane's part of the weighted values.
  __device__ void store_out(float (&heads)[kGroup][kHead]) const {
#pragma unroll
    for (int b = 0; b < kColumns; ++b) {
#pragma unroll
      for (int c = 0; c < 4; ++c) {
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          heads[2 * t() + i % 2][64 * b + 8 * g() + 2 * c + i / 2] = out_[b][c][i];
        }
      }
    }
  }

 private:
  __device__ static int lane() {
    return static_cast<int>(threadIdx.x) % kWarp;
  }
  __device__ static int g() {
    return static_cast<int>(threadIdx.x) % kWarp / 4;
  }
  __device__ static int t() {
    return static_cast<int>(threadIdx.x) % 4;
  }

  // scores[side][i] belongs to key base + 8 side + 2 t + i. p: 2^(score - the largest so far).
  __device__ __forceinline__ void weigh(const float (&scores)[2][4], int base, int end, float scale,
                                        float (&p)[2][2]) {
    float largest = most_;
#pragma unroll
    for (int side = 0; side < 2; ++side) {
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        const bool seen = base + 8 * side + 2 * t() + i < end;
        p[side][i] = seen ? scores[side][i] * scale : -INFINITY;
        largest = fmaxf(largest, p[side][i]);
      }
    }
    largest = quad_max(largest);
    const float shrink = exp2f(most_ - largest);
    most_ = largest;
    sum_ *= shrink;
    // The lanes 4 g hold head g's factor; this lane's columns belong to heads 2 t and 2 t + 1.
    const float shrinks[2] = {__shfl_sync(kAllLanes, shrink, 8 * t()),
                              __shfl_sync(kAllLanes, shrink, 8 * t() + 4)};
#pragma unroll
    for (int b = 0; b < kColumns; ++b) {
#pragma unroll
      for (int c = 0; c < 4; ++c) {
#pragma unroll
        for (int i = 0; i < 4; ++i) out_[b][c][i] *= shrinks[i % 2];
      }
    }
#pragma unroll
    for (int side = 0; side < 2; ++side) {
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        p[side][i] = exp2f(p[side][i] - largest);
        sum_ += p[side][i];
      }
    }
  }

  Words queries_[kPieces];
  float out_[kColumns][4][4] = {};
  float most_ = kNone, sum_ = 0;
};

// Shared memory of a block: tiles, and when all are done, what its warps have.
template <class T, int kHead>
union BlockMemory {
  typename WarpAttention<T, kHead>::Tile ring[kWarps][kStages];
  struct {
    float outs[kWarps][kGroup][kHead];
    float mosts[kWarps][kGroup], sums[kWarps][kGroup];
  } warps;
};

// One part of the keys, one KV head, one query; the block's warps take turns at tiles.
template <class T, int kHead>
__global__ void __launch_bounds__(kThreads, kBlocksPerSm)
    decode_attention_kernel(DecodeAttentionJob job) {
  let_next_kernel_start();
  wait_for_previous_kernel();
  const int part = static_cast<int>(blockIdx.x), kv_head = static_cast<int>(blockIdx.y);
  const int query = static_cast<int>(blockIdx.z);
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const CachePlace cache = place_of(job);
  const int visible = static_cast<int>(cache.length) - job.queries + query + 1;
  const int tiles = (visible + kTile - 1) / kTile;
  const int tiles_of_part = (tiles + job.parts - 1) / job.parts;
  const int first_tile = part * tiles_of_part;
  const int last_tile = min(first_tile + tiles_of_part, tiles);

  const int64_t first_head = static_cast<int64_t>(kv_head) * job.group;
  WarpAttention<T, kHead> attention(
      static_cast<const T*>(job.q) + query * job.q_row_stride + first_head * kHead, job.group);
  const T* const keys = static_cast<const T*>(cache.keys) + kv_head * cache.head_stride;
  const T* const values = static_cast<const T*>(cache.values) + kv_head * cache.head_stride;
  const float scale = kLog2E * rsqrtf(static_cast<float>(kHead));
  extern __shared__ __align__(16) unsigned char shared[];
  auto& memory = *reinterpret_cast<BlockMemory<T, kHead>*>(shared);
  const auto fetch = [&](int turn) {
    const int tile = first_tile + warp + turn * kWarps;
    if (tile < last_tile) {
      attention.fetch(memory.ring[warp][turn % kStages], keys, values, tile * kTile, visible);
    }
    end_copy_group();  // also an empty one: groups are counted
  };
#pragma unroll
  for (int turn = 0; turn < kStages - 1; ++turn) fetch(turn);
  for (int turn = 0, tile = first_tile + warp; tile < last_tile; ++turn, tile += kWarps) {
    wait_for_copies<kStages - 2>();
    __syncwarp();  // the other lanes' copies have arrived, and they are done with the last tile
    fetch(turn + kStages - 1);
    attention.step(memory.ring[warp][turn % kStages], tile * kTile, visible, scale);
  }
  __syncthreads();  // no tile is under way or in use

  auto& [outs, mosts, sums] = memory.warps;
  const int g = static_cast<int>(threadIdx.x) % kWarp / 4;
  attention.store_out(outs[warp]);
  mosts[warp][g] = attention.most();  // the same in the four lanes
  sums[warp][g] = attention.sum();
  __syncthreads();
  for (int item = static_cast<int>(threadIdx.x); item < job.group * kHead; item += kThreads) {
    const int head = item / kHead, column = item % kHead;
    float most = kNone, sum = 0, out = 0;
    for (int w = 0; w < kWarps; ++w) most = fmaxf(most, mosts[w][head]);
    for (int w = 0; w < kWarps; ++w) {
      const float share = exp2f(mosts[w][head] - most);
      sum += sums[w][head] * share;
      out += outs[w][head][column] * share;
    }
    const int64_t row = query * static_cast<int64_t>(job.kv_heads) * job.group + first_head + head;
    float* const partial = job.partial + (row * job.parts + part) * (kHead + 2);
    partial[column] = out;
    if (column == 0) {
      partial[kHead] = most;
      partial[kHead + 1] = sum;
    }
  }
}

constexpr int kJoinThreads = 1024;
constexpr int kJoinBatch = 8;  // parts of a thread whose loads are under way at once

// Joins the parts of one query head: a thread a column of every kSets-th part.
template <class T, int kHead>
__global__ void __launch_bounds__(kJoinThreads) join_parts_kernel(DecodeAttentionJob job) {
  let_next_kernel_start();
  wait_for_previous_kernel();
  constexpr int kSets = kJoinThreads / kHead, kStride = kHead + 2;
  const int column = static_cast<int>(threadIdx.x) % kHead;
  const int set = static_cast<int>(threadIdx.x) / kHead;
  const float* __restrict__ const partial =
      job.partial + static_cast<int64_t>(blockIdx.x) * job.parts * kStride;
  float most = kNone, sum = 0, out = 0;
  for (int part = static_cast<int>(threadIdx.x) % kWarp; part < job.parts; part += kWarp) {
    most = fmaxf(most, partial[part * kStride + kHead]);
  }
  most = warp_max(most);
  for (int first = set; first < job.parts; first += kJoinBatch * kSets) {
#pragma unroll
    for (int i = 0; i < kJoinBatch; ++i) {
      const int part = first + i * kSets;
      const float* const of_part = partial + min(part, job.parts - 1) * kStride;
      const float share = part < job.parts ? exp2f(of_part[kHead] - most) : 0.0F;
      sum += of_part[kHead + 1] * share;
      out += of_part[column] * share;
    }
  }
  __shared__ float outs[kSets][kHead], sums[kSets];
  outs[set][column] = out;
  if (column == 0) sums[set] = sum;
  __syncthreads();
  if (set > 0) return;
  sum = out = 0;
#pragma unroll
  for (int other = 0; other < kSets; ++other) {
    sum += sums[other];
    out += outs[other][column];
  }
  static_cast<T*>(job.out)[static_cast<int64_t>(blockIdx.x) * kHead + column] =
      from_float<T>(out / sum);
}

template <class T, int kHead>
void launch(const DecodeAttentionJob& job, CudaStream stream) {
  constexpr int kMemory = static_cast<int>(sizeof(BlockMemory<T, kHead>));
  const auto kernel = decode_attention_kernel<T, kHead>;
  cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kMemory);
  prefer_shared_memory(kernel);
  const dim3 grid(static_cast<unsigned>(job.parts), static_cast<unsigned>(job.kv_heads),
                  static_cast<unsigned>(job.queries));
  launch_dependent(kernel, grid, kThreads, kMemory, stream, job);
  const auto heads = static_cast<unsigned>(job.queries * job.kv_heads * job.group);
  const auto join = join_parts_kernel<T, kHead>;
  prefer_shared_memory(join);
  launch_dependent(join, heads, kJoinThreads, 0, stream, job);
}

template <class T>
void launch_for_head(const DecodeAttentionJob& job, CudaStream stream) {
  if (job.head_size == 64) {
    launch<T, 64>(job, stream);
  } else {
    launch<T, 128>(job, stream);
  }
}

}  // namespace

void launch_decode_attention(const DecodeAttentionJob& job, CudaStream stream) {
  if (job.queries == 0) return;
  if (job.element == Element::kHalf) {
    launch_for_head<__half>(job, stream);
  } else {
    launch_for_head<__nv_bfloat16>(job, stream);
  }
  check_launch("decode_attention");
}

int decode_attention_parts(int64_t capacity, int queries, int kv_heads) {
  const int64_t wanted = static_cast<int64_t>(kBlocksPerSm) * multiprocessors() /
                         (static_cast<int64_t>(kv_heads) * queries);
  const int64_t most = ceil_div(capacity, kWarps * kTile);
  const int64_t parts = wanted < most ? wanted : most;
  return static_cast<int>(parts < 1 ? 1 : parts);
}

}  // namespace skipbench::ops
