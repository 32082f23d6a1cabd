#pragma once

#include "kernels/ops/device/cuda_types.h"

namespace skipbench::ops {

/// What a window of queries pays to each of T keys, in two passes: the scores of all query rows
/// (one pass over the keys for up to 32 rows of a KV head, a row being one head of one query), then
/// softmax and mean. For the mean over heads of more rows than that, the second pass computes the
/// scores again. Sums go in a fixed order: the result is the same in every run. Query i of w
/// sees keys 0 .. T - w + i.
struct ProbeJob {
  Element element;      // fp16 or bf16
  const void* queries;  // w rows of kv_heads x group heads; row and head strides in elements
  int64_t query_row_stride, query_head_stride;
  const void* keys;  // T rows of kv_heads heads
  int64_t key_row_stride, key_head_stride;
  int window, kv_heads, group, head_size;  // head_size 64, 96, 128 or 256
  int tokens;                              // T
  int parts;                               // of the keys, from probe_parts()

  float* scores;         // scratch [probe_score_rows(), score_stride]
  int64_t score_stride;  // tokens, rounded up to a multiple of kProbeOctet
  float* stats;          // scratch [kv_heads, window x group, parts, 2]

  const float* query_weights;  // [window], or null: each weighs query_weight
  float query_weight;
  bool per_head;  // out[head], the mean over queries; else the mean over heads too
  bool adds;      // out += instead of out =
  float* out;     // [tokens], or [heads, tokens] with rows out_stride apart
  int64_t out_stride;
};
void launch_attention_probe(const ProbeJob& job, CudaStream stream);

/// Into how many parts to split the keys so that the current device is busy with one wave of
/// blocks. rows: window x group.
int probe_parts(int tokens, int kv_heads, int rows, int head_size);

/// Rows of ProbeJob::scores. rows: window x group.
int64_t probe_score_rows(int kv_heads, int rows, bool per_head);

inline constexpr int64_t kProbeOctet = 8;
/// The most rows of scores (heads x queries) of one launch.
inline constexpr int64_t kMostProbeRows = 4096;

}  // namespace skipbench::ops
