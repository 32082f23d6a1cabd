#pragma once

#include "kernels/ops/device/cuda_types.h"

namespace skipbench::ops {

/// The ranks of the k largest scores of each row, ascending; ties go to the lower rank, a NaN
/// counts as -infinity. Around them forced ranks, which have no scores here: the lowest `before`
/// and the highest `after`. Eight blocks a row that share their counts, one on a device without
/// clusters. Bytes: rows x (count x 4 + k x 8) where count <= 131,072 (16,384 for one block);
/// beyond that the scores are read up to six times, from the L2 cache.
struct TopKJob {
  const float* scores;  // rows of count scores, score_stride apart
  int64_t score_stride;
  int64_t* ranks;  // [rows, before + k + after]
  int64_t rows;
  int32_t count, k;       // 0 <= k <= count
  int32_t before, after;  // the ranks of the scores begin at `before`
};
void launch_top_k(const TopKJob& job, CudaStream stream);

}  // namespace skipbench::ops
