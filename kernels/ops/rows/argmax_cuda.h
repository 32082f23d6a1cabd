#pragma once

#include "kernels/ops/device/cuda_types.h"

namespace skipbench::ops {

/// tokens[r] = the id of row r's largest logit; ties go to the lower id, a NaN counts as the
/// largest. Two launches. Bytes: rows x width elements.
struct ArgmaxJob {
  Element element;
  const void* logits;  // rows of width logits, stride apart
  int64_t stride;
  uint64_t* partial;  // scratch [rows, kArgmaxParts]
  int64_t* tokens;    // [rows]
  int64_t rows, width;
};
inline constexpr int kArgmaxParts = 128;
void launch_argmax(const ArgmaxJob& job, CudaStream stream);

}  // namespace skipbench::ops
