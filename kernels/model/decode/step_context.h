#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "kernels/model/cache/kv_cache.h"
#include "kernels/model/work_meter.h"

namespace skipbench {

/// What a planned decode step shows to a method in one layer, once the new token attended.
struct StepContext {
  int64_t layer;
  int64_t tokens;      // of prompt and reply so far, the new one included
  at::Tensor queries;  // [1, H, d] of the new token, rotated
  at::Tensor keys;     // [K, Hkv, d] that it saw, its own last; each KV head has rows of its own
  KvCache& cache;      // rows may leave the layer's cache in attended_in_step
  WorkMeter& meter;    // where a method accounts for its own products

  /// K: tokens that the new token saw, itself included.
  int64_t seen() const { return keys.size(0); }
};

}  // namespace skipbench
