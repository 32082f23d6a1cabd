#include "kernels/ops/attention/attention_probe_cuda.h"
#include "kernels/ops/attention/probe_rows.cuh"
#include "kernels/ops/device/dependent_launch.cuh"
#include "kernels/ops/device/device_code.cuh"

namespace skipbench::ops {
namespace {

// Writes a block's softmax of each of its rows.
template <int kSets>
__device__ void store_softmax(const ProbeJob& job, const Softmax (&softmax)[kSets]) {
  __shared__ float mosts[kProbeWarps][kSets * 8], sums[kProbeWarps][kSets * 8];
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int g = static_cast<int>(threadIdx.x) % kWarp / 4, t = static_cast<int>(threadIdx.x) % 4;
#pragma unroll
  for (int set = 0; set < kSets; ++set) {
    const float most = quad_max(softmax[set].most);
    const float sum = quad_sum(softmax[set].sum * exp2f(softmax[set].most - most));
    if (t == 0) {
      mosts[warp][8 * set + g] = most;
      sums[warp][8 * set + g] = sum;
    }
  }
  __syncthreads();
  const int own = static_cast<int>(threadIdx.x), rows = job.window * job.group;
  const int row = static_cast<int>(blockIdx.z) * kSets * 8 + own;
  if (own >= kSets * 8 || row >= rows) return;
  float most = kNone, sum = 0;
  for (int w = 0; w < kProbeWarps; ++w) most = fmaxf(most, mosts[w][own]);
  for (int w = 0; w < kProbeWarps; ++w) sum += sums[w][own] * exp2f(mosts[w][own] - most);
  const int64_t place = (static_cast<int64_t>(blockIdx.y) * rows + row) * job.parts + blockIdx.x;
  reinterpret_cast<float2*>(job.stats)[place] = {most, sum};
}

// The softmax of each row over one part of the keys; the scores too, where kStores.
template <class T, int kPieces, int kSets, bool kStores>
__global__ void __launch_bounds__(kProbeThreads, Shape<kPieces, kSets>::kBlocksPerSm)
    probe_scores_kernel(ProbeJob job) {
  using Rows = QueryRows<T, kPieces, kSets>;
  let_next_kernel_start();
  wait_for_previous_kernel();
  Rows rows(job);
  Softmax softmax[kSets];
  float* const scores_of_head =
      job.scores + static_cast<int64_t>(blockIdx.y) * job.window * job.group * job.score_stride;
  rows.visit_keys(
      job,
      [&](int set, int base, const float(&scores)[Rows::kScores]) {
        if (kStores && rows.exists(set)) {
          store_pairs(scores_of_head + Rows::row_of(set) * job.score_stride, job.score_stride, base,
                      scores);
        }
        softmax[set].take(scores);
      },
      [](int) {});
  store_softmax(job, softmax);
}

constexpr int kJoinThreads = 256;
constexpr int kJoinBatch = 4;  // parts of a lane whose loads are under way at once

// A row's softmax over all parts, by a whole warp: {most, sum}.
__device__ float2 join_parts(const float* stats, int parts) {
  float most = kNone, sum = 0;
  for (int first = static_cast<int>(threadIdx.x) % kWarp; first < parts;
       first += kJoinBatch * kWarp) {
    float2 held[kJoinBatch];
#pragma unroll
    for (int i = 0; i < kJoinBatch; ++i) {
      const int part = first + i * kWarp;
      held[i] = part < parts ? reinterpret_cast<const float2*>(stats)[part] : float2{kNone, 0};
    }
    float largest = most;
#pragma unroll
    for (int i = 0; i < kJoinBatch; ++i) largest = fmaxf(largest, held[i].x);
    sum *= exp2f(most - largest);
    most = largest;
#pragma unroll
    for (int i = 0; i < kJoinBatch; ++i) sum += held[i].y * exp2f(held[i].x - most);
  }
  const float whole = warp_max(most);
  return make_float2(whole, warp_sum(sum * exp2f(most - whole)));
}

// Of many rows the parts are joined once, in place: the first part then holds {most, sum} of all.
__global__ void __launch_bounds__(kJoinThreads) probe_join_kernel(ProbeJob job, int rows) {
  let_next_kernel_start();
  wait_for_previous_kernel();
  const int row = static_cast<int>((blockIdx.x * blockDim.x + threadIdx.x) / kWarp);
  if (row >= rows) return;
  float* const stats = job.stats + static_cast<int64_t>(row) * job.parts * 2;
  const float2 joined = join_parts(stats, job.parts);
  if (threadIdx.x % kWarp == 0) *reinterpret_cast<float2*>(stats) = joined;
}

// The rows of scores that one output row is the mean of.
struct RowsOfMean {
  int first, step, count;
};

__device__ RowsOfMean rows_of_mean(const ProbeJob& job, int output) {
  const int rows = job.window * job.group;
  if (!job.per_head) return {0, 1, job.kv_heads * rows};
  return {output / job.group * rows + output % job.group, job.group, job.window};
}

// What a row's weights are to be multiplied by in the mean, and its largest score.
struct RowScale {
  float most, factor;
};

// `joined`: the parts are, by probe_join_kernel; where they are not, by a whole warp at once.
__device__ RowScale scale_of_row(const ProbeJob& job, int row, bool joined) {
  const float* const stats = job.stats + static_cast<int64_t>(row) * job.parts * 2;
  const float2 whole =
      joined ? *reinterpret_cast<const float2*>(stats) : join_parts(stats, job.parts);
  const int query = row % (job.window * job.group) / job.group;
  const float weight = job.query_weights == nullptr ? job.query_weight : job.query_weights[query];
  const int heads = job.per_head ? 1 : job.kv_heads * job.group;
  return {whole.x, weight / static_cast<float>(heads) / whole.y};
}

// Computes the scores of many rows again, which costs less than to keep them, and writes for each
// slice of each KV head the sum of its rows' weights, in place of scores.
template <class T, int kPieces, int kSets>
__global__ void __launch_bounds__(kProbeThreads, Shape<kPieces, kSets>::kBlocksPerSm)
    probe_slices_kernel(ProbeJob job) {
  using Rows = QueryRows<T, kPieces, kSets>;
  let_next_kernel_start();
  wait_for_previous_kernel();
  Rows rows(job);
  RowScale scales[kSets] = {};
#pragma unroll
  for (int set = 0; set < kSets; ++set) {
    const int row = static_cast<int>(blockIdx.y) * job.window * job.group + Rows::row_of(set);
    if (rows.exists(set)) scales[set] = scale_of_row(job, row, /*joined=*/true);
  }
  float* const out =
      job.scores + (static_cast<int64_t>(blockIdx.y) * gridDim.z + blockIdx.z) * job.score_stride;
  float sums[Rows::kScores] = {};
  rows.visit_keys(
      job,
      [&](int set, int, const float(&scores)[Rows::kScores]) {
#pragma unroll
        for (int i = 0; i < Rows::kScores; ++i) {
          sums[i] += exp2f(scores[i] - scales[set].most) * scales[set].factor;
        }
      },
      [&](int base) {
#pragma unroll
        for (int i = 0; i < Rows::kScores; ++i) {  // over the lanes that have the same keys
#pragma unroll
          for (int offset = 4; offset < kWarp; offset *= 2) {
            sums[i] += __shfl_xor_sync(kAllLanes, sums[i], offset);
          }
        }
        if (threadIdx.x % kWarp < 4) store_pairs(out, job.score_stride, base, sums);
#pragma unroll
        for (float& sum : sums) sum = 0;
      });
}

// Adds up what probe_slices_kernel wrote; a thread a key.
__global__ void __launch_bounds__(kJoinThreads) probe_sum_kernel(ProbeJob job, int slices) {
  let_next_kernel_start();
  wait_for_previous_kernel();
  const int key = static_cast<int>(blockIdx.x) * kJoinThreads + static_cast<int>(threadIdx.x);
  if (key >= job.tokens) return;
  float sum = 0;
#pragma unroll 16
  for (int slice = 0; slice < slices; ++slice) sum += job.scores[slice * job.score_stride + key];
  job.out[key] = job.adds ? job.out[key] + sum : sum;
}

constexpr int kMeanThreads = 512;
constexpr int kMeanWarps = kMeanThreads / kWarp;
constexpr int kMeanKeys = 4 * kWarp;  // of a block: four a lane
constexpr int kMeanBatch = 4;         // rows of a warp whose loads are under way at once

// Output row blockIdx.y of the block's keys: each warp adds up every kMeanWarps-th row of scores.
__global__ void __launch_bounds__(kMeanThreads) probe_mean_kernel(ProbeJob job, bool joined) {
  let_next_kernel_start();
  wait_for_previous_kernel();
  const int output = static_cast<int>(blockIdx.y);
  const RowsOfMean mean = rows_of_mean(job, output);
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int first_key = static_cast<int>(blockIdx.x) * kMeanKeys;
  // Behind the last scores, which are a multiple of four, a lane reads some that nobody asks for.
  const int64_t key = min(static_cast<int64_t>(first_key + 4 * lane), job.score_stride - 4);
  float sums[4] = {};
  for (int first = warp; first < mean.count; first += kMeanBatch * kMeanWarps) {
    Pack<float, 4> scores[kMeanBatch];
#pragma unroll
    for (int i = 0; i < kMeanBatch; ++i) {
      const int row = mean.first + min(first + i * kMeanWarps, mean.count - 1) * mean.step;
      scores[i] = load<4>(job.scores + row * job.score_stride + key);
    }
#pragma unroll
    for (int i = 0; i < kMeanBatch; ++i) {
      if (first + i * kMeanWarps >= mean.count) break;  // the same for the whole warp
      const RowScale scale =
          scale_of_row(job, mean.first + (first + i * kMeanWarps) * mean.step, joined);
#pragma unroll
      for (int j = 0; j < 4; ++j) sums[j] += exp2f(scores[i].get(j) - scale.most) * scale.factor;
    }
  }
  __shared__ __align__(16) float parts[kMeanWarps][kMeanKeys];
  store(&parts[warp][4 * lane], pack_of<float>(sums));
  __syncthreads();
  const int own = static_cast<int>(threadIdx.x);
  if (own >= kMeanKeys || first_key + own >= job.tokens) return;
  float sum = 0;
#pragma unroll
  for (int w = 0; w < kMeanWarps; ++w) sum += parts[w][own];
  float* const out = job.out + output * job.out_stride + first_key + own;
  *out = job.adds ? *out + sum : sum;
}

constexpr int slices_of(int rows) {
  return (rows + 8 * sets_for(rows) - 1) / (8 * sets_for(rows));
}

// Whether scores are computed twice instead of kept: where kept ones would outweigh the keys.
bool computes_twice(int rows, bool per_head) {
  return !per_head && slices_of(rows) > 1;
}

// Up to here each warp of the second pass joins the parts of its rows by itself.
constexpr int kFewRows = 64;

void join(const ProbeJob& job, CudaStream stream) {
  const int rows = job.kv_heads * job.group * job.window;
  const int64_t blocks = ceil_div(rows, kJoinThreads / kWarp);
  launch_dependent(probe_join_kernel, static_cast<unsigned>(blocks), kJoinThreads, 0, stream, job,
                   rows);
}

void launch_mean(const ProbeJob& job, CudaStream stream) {
  const int heads = job.kv_heads * job.group;
  const bool joined = (job.per_head ? job.window : heads * job.window) > kFewRows;
  if (joined) join(job, stream);
  const dim3 grid(static_cast<unsigned>(ceil_div(job.tokens, kMeanKeys)),
                  static_cast<unsigned>(job.per_head ? heads : 1));
  launch_dependent(probe_mean_kernel, grid, kMeanThreads, 0, stream, job, joined);
}

template <class T, int kPieces, int kSets>
void launch_passes(const ProbeJob& job, CudaStream stream) {
  const int rows = job.window * job.group, slices = slices_of(rows);
  const dim3 grid(static_cast<unsigned>(job.parts), static_cast<unsigned>(job.kv_heads),
                  static_cast<unsigned>(slices));
  if constexpr (kSets == kMostSets) {  // of fewer there is but one slice
    if (computes_twice(rows, job.per_head)) {
      launch_dependent(probe_scores_kernel<T, kPieces, kSets, false>, grid, kProbeThreads, 0,
                       stream, job);
      join(job, stream);
      launch_dependent(probe_slices_kernel<T, kPieces, kSets>, grid, kProbeThreads, 0, stream, job);
      const auto blocks = static_cast<unsigned>(ceil_div(job.tokens, kJoinThreads));
      launch_dependent(probe_sum_kernel, blocks, kJoinThreads, 0, stream, job,
                       job.kv_heads * slices);
      return;
    }
  }
  launch_dependent(probe_scores_kernel<T, kPieces, kSets, true>, grid, kProbeThreads, 0, stream,
                   job);
  launch_mean(job, stream);
}

template <class T, int kPieces>
void launch_for_rows(const ProbeJob& job, CudaStream stream) {
  switch (sets_for(job.window * job.group)) {
    case 1:
      return launch_passes<T, kPieces, 1>(job, stream);
    case 2:
      return launch_passes<T, kPieces, 2>(job, stream);
    default:
      return launch_passes<T, kPieces, kMostSets>(job, stream);
  }
}

template <class T>
void launch_for_head(const ProbeJob& job, CudaStream stream) {
  switch (job.head_size) {
    case 64:
      return launch_for_rows<T, 2>(job, stream);
    case 96:
      return launch_for_rows<T, 3>(job, stream);
    case 128:
      return launch_for_rows<T, 4>(job, stream);
    case 256:
      return launch_for_rows<T, 8>(job, stream);
    default:
      throw std::invalid_argument("attention probe: head size " + std::to_string(job.head_size));
  }
}

}  // namespace

void launch_attention_probe(const ProbeJob& job, CudaStream stream) {
  if (job.tokens == 0 || job.window == 0) return;
  if (job.element == Element::kHalf) {
    launch_for_head<__half>(job, stream);
  } else {
    launch_for_head<__nv_bfloat16>(job, stream);
  }
  check_launch("attention_probe");
}

int probe_parts(int tokens, int kv_heads, int rows, int head_size) {
  const int sets = sets_for(rows);
  const int64_t blocks_of_part = static_cast<int64_t>(kv_heads) * slices_of(rows);
  const int64_t wanted = static_cast<int64_t>(blocks_per_sm(head_size / 32, sets)) *
                         multiprocessors() / blocks_of_part;
  const int64_t most = ceil_div(tokens, kProbeWarps * 32);
  const int64_t parts = wanted < most ? wanted : most;
  return static_cast<int>(parts < 1 ? 1 : parts);
}

int64_t probe_score_rows(int kv_heads, int rows, bool per_head) {
  return static_cast<int64_t>(kv_heads) * (computes_twice(rows, per_head) ? slices_of(rows) : rows);
}

}  // namespace skipbench::ops
