#pragma once

#include "kernels/ops/device/cuda_types.h"
#include "kernels/ops/rows/cache_place_cuda.h"

namespace skipbench::ops {

/// Rotary embedding of rows of heads that lie side by side, written back, into a KV cache, or both.
/// Output row r is of source row s = source_rows[r] (r where there is no list), at positions[s].
/// Bytes: rows x head_size x 2 elements for every head written, and the tables' rows.
struct RopeJob {
  Element element;
  void* heads;          // source rows of `rotated` heads of `head_size` elements, row_stride apart
  int64_t row_stride;   // in elements
  int64_t head_stride;  // in elements
  int rotated;
  int head_size;
  bool write_back;  // the rotated heads replace the source

  const int64_t* source_rows;  // [rows], or null
  const int64_t* positions;    // one a source row; null: nothing is rotated, heads are copied
  const float* cosine;         // [length, head_size / 2]
  const float* sine;

  // The first `cached` heads, rotated, and the values go to the cache; 0: no cache.
  int cached;
  const void* values;  // source rows of `cached` heads, value_row_stride apart
  int64_t value_row_stride, value_head_stride;
  void* cache_keys;  // [cached, capacity, head_size], cache_head_stride = capacity x head_size
  void* cache_values;
  int64_t cache_head_stride;
  int64_t first;            // the cache row of output row 0
  const CachePlace* place;  // instead of the four above, where it is not null

  int64_t rows;
};
void launch_rope(const RopeJob& job, CudaStream stream);

}  // namespace skipbench::ops
