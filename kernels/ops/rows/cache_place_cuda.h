#pragma once

#include <cstdint>

namespace skipbench::ops {

/// Where one layer's KV cache lies and how many rows it has. Kernels that are given its address
/// read it from device memory, so that a captured CUDA graph finds another cache each time. Keys
/// and values are [heads, capacity, head_size], head_stride elements from head to head; both begin
/// at 16 bytes, and so do their rows.
struct CachePlace {
  void* keys;
  void* values;
  int64_t head_stride;
  int64_t length;  // rows in use before the step
};

}  // namespace skipbench::ops
