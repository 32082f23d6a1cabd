#include "kernels/ops/decode_attention_cuda.h"
#include "kernels/ops/device_code.cuh"
#include "kernels/ops/mma.cuh"

// A warp takes 16 keys at a time: scores = Q K^T (the query heads of one KV head are the rows, keys
// the columns of two products side by side), the softmax so far, then out += P V. Loads of K and V
// are 16 bytes a lane straight into the operands' places (mma.cuh): nothing passes through shared
// memory before the end. g = lane / 4 is a lane's query head, t = lane % 4 its share of a row.

namespace skipbench::ops {
namespace {

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / kWarp;
constexpr int kBlocksPerSm = 3;
constexpr int kTile = 16;        // keys of a warp's step
constexpr int kGroup = 8;        // query heads of a KV head, at most
constexpr float kNone = -1e30F;  // below any score, and finite: differences are never NaN
constexpr float kLog2E = 1.4426950408889634F;

using Words = Pack<uint32_t, 4>;  // eight 16-bit elements

template <class T>
__device__ __forceinline__ Words load_words(const T* source) {
  return load<4>(reinterpret_cast<const uint32_t*>(source));
}

// The largest, or the sum, over the four lanes of a query head.
__device__ __forceinline__ float quad_max(float x) {
  x = fmaxf(x, __shfl_xor_sync(kAllLanes, x, 1));
  return fmaxf(x, __shfl_xor_sync(kAllLanes, x, 2));
}
__device__ __forceinline__ float quad_sum(float x) {
  x += __shfl_xor_sync(kAllLanes, x, 1);
  return x + __shfl_xor_sync(kAllLanes, x, 2);
}

// A warp's attention so far: for query head g the largest score (in units of log 2), this lane's
// share of the sum of 2^(score - most), and the values weighted alike. out[b][c][r] is column
// 64 b + 16 t + 8 r + c for r < 2; the other two belong to rows 8..15, which are empty.
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

  /// Keys base .. base + 15, those before `end` alone. Rows behind are not read.
  __device__ __forceinline__ void step(const T* __restrict__ keys, const T* __restrict__ values,
                                       int base, int end, float scale) {
    Words k[2][kPieces], v[4][kColumns];
#pragma unroll
    for (int side = 0; side < 2; ++side) {
      const int row = min(base + 8 * side + g(), end - 1);
#pragma unroll
      for (int j = 0; j < kPieces; ++j) {
        k[side][j] = load_words(keys + row * kHead + 32 * j + 8 * t());
      }
    }
#pragma unroll
    for (int i = 0; i < 4; ++i) {  // the keys whose scores this lane will hold
      const int row = min(base + 8 * (i / 2) + 2 * t() + i % 2, end - 1);
#pragma unroll
      for (int b = 0; b < kColumns; ++b) {
        v[i][b] = load_words(values + row * kHead + 64 * b + 8 * g());
      }
    }
    float scores[2][4] = {};
#pragma unroll
    for (int j = 0; j < kPieces; ++j) {
      const uint32_t* const q = queries_[j].words;
      const uint32_t even[4] = {q[0], 0, q[1], 0}, odd[4] = {q[2], 0, q[3], 0};
#pragma unroll
      for (int side = 0; side < 2; ++side) {
        const uint32_t* const w = k[side][j].words;
        multiply_add<T>(scores[side], even, w[0], w[1]);
        multiply_add<T>(scores[side], odd, w[2], w[3]);
      }
    }
    float p[2][2];
    weigh(scores, base, end, scale, p);
    const uint32_t weights[4] = {pair_of<T>(p[0][0], p[0][1]), 0, pair_of<T>(p[1][0], p[1][1]), 0};
#pragma unroll
    for (int b = 0; b < kColumns; ++b) {
#pragma unroll
      for (int c = 0; c < 8; ++c) {  // of two keys each the element of column 64 b + 8 n + c
        const unsigned halves = c % 2 == 0 ? 0x5410U : 0x7632U;
        multiply_add<T>(out_[b][c], weights,
                        __byte_perm(v[0][b].words[c / 2], v[1][b].words[c / 2], halves),
                        __byte_perm(v[2][b].words[c / 2], v[3][b].words[c / 2], halves));
      }
    }
  }

  __device__ float most() const {
    return most_;
  }
  __device__ float sum() const {
    return quad_sum(sum_);
  }
  /// Writes query head g's row of values.
  __device__ void store_out(float* row) const {
#pragma unroll
    for (int b = 0; b < kColumns; ++b) {
#pragma unroll
      for (int c = 0; c < 8; ++c) {
        row[64 * b + 16 * t() + c] = out_[b][c][0];
        row[64 * b + 16 * t() + 8 + c] = out_[b][c][1];
      }
    }
  }

 private:
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
#pragma unroll
    for (int b = 0; b < kColumns; ++b) {
#pragma unroll
      for (int c = 0; c < 8; ++c) {
        out_[b][c][0] *= shrink;
        out_[b][c][1] *= shrink;
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
  float out_[kColumns][8][4] = {};
  float most_ = kNone, sum_ = 0;
};

// One part of the keys, one KV head, one query; the block's warps take turns at tiles.
template <class T, int kHead>
__global__ void __launch_bounds__(kThreads, kBlocksPerSm)
    decode_attention_kernel(DecodeAttentionJob job) {
  const int part = static_cast<int>(blockIdx.x), kv_head = static_cast<int>(blockIdx.y);
  const int query = static_cast<int>(blockIdx.z);
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int64_t length = job.length + (job.length_on_device == nullptr ? 0 : *job.length_on_device);
  const int visible = static_cast<int>(length) - job.queries + query + 1;
  const int tiles = (visible + kTile - 1) / kTile;
  const int tiles_of_part = (tiles + job.parts - 1) / job.parts;
  const int first_tile = part * tiles_of_part;
  const int last_tile = min(first_tile + tiles_of_part, tiles);

  const int64_t first_head = static_cast<int64_t>(kv_head) * job.group;
  WarpAttention<T, kHead> attention(
      static_cast<const T*>(job.q) + query * job.q_row_stride + first_head * kHead, job.group);
  const T* const keys = static_cast<const T*>(job.keys) + kv_head * job.cache_head_stride;
  const T* const values = static_cast<const T*>(job.values) + kv_head * job.cache_head_stride;
  const float scale = kLog2E * rsqrtf(static_cast<float>(kHead));
  for (int tile = first_tile + warp; tile < last_tile; tile += kWarps) {
    attention.step(keys, values, tile * kTile, visible, scale);
  }

  __shared__ float outs[kWarps][kGroup][kHead], mosts[kWarps][kGroup], sums[kWarps][kGroup];
  const int g = static_cast<int>(threadIdx.x) % kWarp / 4;
  attention.store_out(outs[warp][g]);
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

// Joins the parts of one query head; a thread a column.
template <class T, int kHead>
__global__ void __launch_bounds__(kHead) join_parts_kernel(DecodeAttentionJob job) {
  const int column = static_cast<int>(threadIdx.x);
  const float* __restrict__ const partial =
      job.partial + static_cast<int64_t>(blockIdx.x) * job.parts * (kHead + 2);
  float most = kNone, sum = 0, out = 0;
#pragma unroll 8
  for (int part = 0; part < job.parts; ++part) {
    most = fmaxf(most, partial[part * (kHead + 2) + kHead]);
  }
#pragma unroll 8
  for (int part = 0; part < job.parts; ++part) {
    const float* const of_part = partial + part * (kHead + 2);
    const float share = exp2f(of_part[kHead] - most);
    sum += of_part[kHead + 1] * share;
    out += of_part[column] * share;
  }
  static_cast<T*>(job.out)[static_cast<int64_t>(blockIdx.x) * kHead + column] =
      from_float<T>(out / sum);
}

template <class T, int kHead>
void launch(const DecodeAttentionJob& job, CudaStream stream) {
  const dim3 grid(static_cast<unsigned>(job.parts), static_cast<unsigned>(job.kv_heads),
                  static_cast<unsigned>(job.queries));
  decode_attention_kernel<T, kHead><<<grid, kThreads, 0, stream>>>(job);
  const auto heads = static_cast<unsigned>(job.queries * job.kv_heads * job.group);
  join_parts_kernel<T, kHead><<<heads, kHead, 0, stream>>>(job);
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
