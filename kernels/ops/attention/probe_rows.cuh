#pragma once

#include "kernels/ops/attention/attention_probe_cuda.h"
#include "kernels/ops/device/mma.cuh"

// The scores of a probe's queries, on tensor cores: what each pass over the keys takes.
//
// A row of scores belongs to one head of one query: row r of a KV head is query r / group, head
// r % group of the group. g = lane / 4 and t = lane % 4 as in mma.cuh: queries are the rows of the
// product, keys its columns, both loaded 16 bytes a lane straight into the operands' places.

namespace skipbench::ops {

constexpr int kProbeThreads = 128;
constexpr int kProbeWarps = kProbeThreads / kWarp;
constexpr int kOctet = 8;  // keys of one tensor-core product

// Sets of 8 rows of scores that a block computes at once, of all rows of a KV head.
constexpr int kMostSets = 4;
constexpr int sets_for(int rows) {
  return rows <= 8 ? 1 : (rows <= 16 ? 2 : kMostSets);
}
// Blocks whose registers fit a multiprocessor. All blocks run at once (probe_parts()): some that
// waited for others would work on an almost idle device.
constexpr int blocks_per_sm(int pieces, int sets) {
  return pieces == 8 ? 2 : (sets == 1 ? 4 : 3);
}

// What one pass over keys of kPieces x 32 elements does at once: kSets x 8 rows of queries against
// kOctets x 8 keys, so that what a lane holds fits its registers and enough loads are in flight.
template <int kPieces, int kSets>
struct Shape {
  static constexpr int kOctets = kPieces == 8 || kSets == 4 ? 2 : 3;
  static constexpr int kKeys = kOctets * kOctet;
  static constexpr int kBlocksPerSm = blocks_per_sm(kPieces, kSets);
};

// Elements 32 j + 8 t .. + 7 of a row for each j.
template <int kPieces, class T>
__device__ __forceinline__ void load_row(const T* row, Words (&words)[kPieces]) {
  const int t = static_cast<int>(threadIdx.x) % 4;
#pragma unroll
  for (int j = 0; j < kPieces; ++j) {
    words[j] = load_words(row + 32 * j + 8 * t);
  }
}

// scores of 16 query rows (or 8: `upper` null) and 8 keys; as d of mma.cuh.
template <class T, int kPieces>
__device__ __forceinline__ void multiply(const Words (&lower)[kPieces], const Words* upper,
                                         const Words (&keys)[kPieces], float (&scores)[4]) {
#pragma unroll
  for (int j = 0; j < kPieces; ++j) {
    const uint32_t* const a = lower[j].words;
    const uint32_t* const k = keys[j].words;
    if (upper == nullptr) {
      multiply_add<T>(scores, {a[0], 0, a[1], 0}, k[0], k[1]);
      multiply_add<T>(scores, {a[2], 0, a[3], 0}, k[2], k[3]);
    } else {
      const uint32_t* const b = upper[j].words;
      multiply_add<T>(scores, {a[0], b[0], a[1], b[1]}, k[0], k[1]);
      multiply_add<T>(scores, {a[2], b[2], a[3], b[3]}, k[2], k[3]);
    }
  }
}

// The largest score of a row so far, in units of log 2, and the sum of 2^(score - most).
struct Softmax {
  float most = kNone, sum = 0;

  template <int N>
  __device__ __forceinline__ void take(const float (&scores)[N]) {
    float largest = most;
#pragma unroll
    for (int i = 0; i < N; ++i) largest = fmaxf(largest, scores[i]);
    sum *= exp2f(most - largest);
    most = largest;
#pragma unroll
    for (int i = 0; i < N; ++i) sum += exp2f(scores[i] - largest);
  }
};

// kSets x 8 rows of scores of KV head blockIdx.y, those of slice blockIdx.z. A lane holds its share
// of row 8 set + g of each set.
template <class T, int kPieces, int kSets>
class QueryRows {
 public:
  using Of = Shape<kPieces, kSets>;
  static constexpr int kScores = 2 * Of::kOctets;  // of a row in a step, in one lane

  __device__ __forceinline__ explicit QueryRows(const ProbeJob& job) {
#pragma unroll
    for (int set = 0; set < kSets; ++set) {
      const int own = row_of(set), query = own / job.group;
      const int head = static_cast<int>(blockIdx.y) * job.group + own % job.group;
      seen_[set] = 0;
      if (own >= job.window * job.group) continue;
      seen_[set] = job.tokens - job.window + query + 1;
      load_row(static_cast<const T*>(job.queries) + query * job.query_row_stride +
                   head * job.query_head_stride,
               queries_[set]);
    }
  }

  /// The row of the KV head that the lane has in a set, and whether there is one.
  __device__ static int row_of(int set) {
    return (static_cast<int>(blockIdx.z) * kSets + set) * 8 +
           static_cast<int>(threadIdx.x) % kWarp / 4;
  }
  __device__ bool exists(int set) const {
    return seen_[set] > 0;
  }

  /// The keys of part blockIdx.x, the warps in turn: take(set, base, scores) for each set, where
  /// scores[2 o + i] belongs to key base + 8 o + 2 t + i, then end_step(base).
  template <class Take, class EndStep>
  __device__ __forceinline__ void visit_keys(const ProbeJob& job, Take take, EndStep end_step) {
    const T* const keys =
        static_cast<const T*>(job.keys) + static_cast<int>(blockIdx.y) * job.key_head_stride;
    const int steps = (job.tokens + Of::kKeys - 1) / Of::kKeys;
    const int steps_of_part = (steps + job.parts - 1) / job.parts;
    const int begin = static_cast<int>(blockIdx.x) * steps_of_part;
    const int end = min(begin + steps_of_part, steps);
    Words held[Of::kOctets][kPieces];
    const auto fetch = [&](int step, int octet) {
      if (step >= end) return;
      const int g = static_cast<int>(threadIdx.x) % kWarp / 4;
      const int key = min(step * Of::kKeys + octet * kOctet + g, job.tokens - 1);
      load_row(keys + key * job.key_row_stride, held[octet]);
    };
    int step = begin + static_cast<int>(threadIdx.x) / kWarp;
#pragma unroll
    for (int octet = 0; octet < Of::kOctets; ++octet) fetch(step, octet);
#pragma unroll 1
    for (; step < end; step += kProbeWarps) {
      float products[kPairs][Of::kOctets][4] = {};
#pragma unroll
      for (int octet = 0; octet < Of::kOctets; ++octet) {
#pragma unroll
        for (int pair = 0; pair < kPairs; ++pair) {
          const bool has_upper = 2 * pair + 1 < kSets;
          multiply<T>(queries_[2 * pair], has_upper ? queries_[(2 * pair + 1) % kSets] : nullptr,
                      held[octet], products[pair][octet]);
        }
        fetch(step + kProbeWarps, octet);  // the next are on their way from here on
      }
#pragma unroll
      for (int set = 0; set < kSets; ++set) {
        take_set(set, step * Of::kKeys, products[set / 2], take);
      }
      end_step(step * Of::kKeys);
    }
  }

 private:
  static constexpr int kPairs = (kSets + 1) / 2;  // of sets: the two halves of a product's rows

  template <class Take>
  __device__ __forceinline__ void take_set(int set, int base,
                                           const float (&products)[Of::kOctets][4], Take take) {
    const float scale = kLog2E * rsqrtf(32.0F * kPieces);
    const int first = base + 2 * (static_cast<int>(threadIdx.x) % 4);
    float scores[kScores];
#pragma unroll
    for (int i = 0; i < kScores; ++i) {
      const bool sees = first + i / 2 * kOctet + i % 2 < seen_[set];
      scores[i] = sees ? products[i / 2][set % 2 * 2 + i % 2] * scale : -INFINITY;
    }
    take(set, base, scores);
  }

  Words queries_[kSets][kPieces] = {};
  int seen_[kSets];  // keys that the row's query may see; none for rows after the last
};

// Two of a lane's scores in each octet of a step, into a row of as many as there are keys.
template <int N>
__device__ __forceinline__ void store_pairs(float* row, int64_t row_size, int base,
                                            const float (&values)[N]) {
  const int first = base + 2 * (static_cast<int>(threadIdx.x) % 4);
#pragma unroll
  for (int i = 0; i < N; i += 2) {
    const int key = first + i / 2 * kOctet;
    if (key < row_size) *reinterpret_cast<float2*>(row + key) = {values[i], values[i + 1]};
  }
}

}  // namespace skipbench::ops
