#pragma once

#include "kernels/ops/device/cuda_types.h"

namespace skipbench::ops {

/// out[r] = x[rows[r]], as bytes: any dtype. Bytes moved: 2 x count x row_bytes.
struct GatherRowsJob {
  const void* x;  // rows of row_bytes, x_stride_bytes apart
  int64_t x_stride_bytes;
  const int64_t* rows;  // [count]
  void* out;            // [count, row_bytes], no overlap
  int64_t count, row_bytes;
};
void launch_gather_rows(const GatherRowsJob& job, CudaStream stream);

/// x[rows[r]] += update[r], rounded to the dtype. Bytes: 3 x count x width elements.
struct ScatterAddRowsJob {
  Element element;
  void* x;  // rows of width elements, x_stride apart
  int64_t x_stride;
  const int64_t* rows;  // [count], unique
  const void* update;   // [count, width]
  int64_t count, width;
};
void launch_scatter_add_rows(const ScatterAddRowsJob& job, CudaStream stream);

/// out[r] = sqrt(sum(x[r]^2)) * scale[r]. Bytes: rows x width elements.
struct RowNormsJob {
  Element element;
  const void* x;  // rows of width elements, x_stride apart
  int64_t x_stride;
  const float* scale;  // [rows], or null
  float* out;          // [rows]
  int64_t rows, width;
};
void launch_row_norms(const RowNormsJob& job, CudaStream stream);

/// out[b] = the mean of rows b * block .. of x, the last block over the rows it has, in fp32.
/// Bytes: rows x width elements.
struct BlockMeansJob {
  Element element;
  const void* x;  // rows of width elements, x_stride apart
  int64_t x_stride;
  float* out;  // [ceil(rows / block), width]
  int64_t rows, width, block;
};
void launch_block_means(const BlockMeansJob& job, CudaStream stream);

}  // namespace skipbench::ops
