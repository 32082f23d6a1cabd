#pragma once

#include "kernels/ops/device/cuda_types.h"

namespace skipbench::ops {

/// out[r] = x[source] / sqrt(mean(x[source]^2) + epsilon) * weight, where source = gather[r], or r
/// where there is no list. out may not overlap x. Bytes: rows x width x 2 elements.
struct RmsNormJob {
  Element element;
  const void* x;          // rows of `width` elements, x_stride apart
  int64_t x_stride;       // in elements
  const int64_t* gather;  // [rows], or null
  const void* weight;     // [width]
  void* out;              // [rows, width]
  int64_t rows, width;
  float epsilon;
};
void launch_rms_norm(const RmsNormJob& job, CudaStream stream);

/// hidden[selected[m]] += update[m], or hidden += update without a list; then out = the
/// norm of all rows of hidden, in the same pass. Bytes: rows x width x 2 elements, and for each
/// updated row 2 x width elements more.
struct AddRmsNormJob {
  Element element;
  void* hidden;             // [rows, width]
  const void* update;       // [updates, width]
  const int64_t* selected;  // [updates] ascending and unique; null: updates == rows
  const void* weight;       // [width]
  void* out;                // [rows, width], no overlap with the others
  int64_t rows, updates, width;
  float epsilon;
};
void launch_add_rms_norm(const AddRmsNormJob& job, CudaStream stream);

}  // namespace skipbench::ops
