#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "kernels/model/cache/kv_cache.h"
#include "kernels/model/weights.h"
#include "kernels/ops/rows/cache_place.h"
#include "kernels/ops/rows/rope.h"

namespace skipbench {

/// A decode step of one token through all layers in buffers that never move. What differs from step
/// to step (the token, its rotation, where the cache lies and how long it is) is read from device
/// memory, so that the step can be captured as a CUDA graph once and replayed for any sequence. On
/// the CPU it computes the same, which the tests make use of.
class FixedStep {
 public:
  /// `lists`: of rows that the cache holds for each KV head, 1 or one for each of its query heads.
  explicit FixedStep(const Model& model, int64_t lists = 1);

  /// What the next run() works on: `token`, its rotation ([1, d / 2] each), and a cache whose last
  /// row in each layer is the token's, still to be filled. Queues copies; nothing waits.
  void set_inputs(int32_t token, const ops::RopeTables& rotation, const KvCache& cache);

  /// Computes the step; the token's keys and values go to the cache's last row. With kernels only
  /// launches on the current stream. Running it again computes the same again.
  void run();

  const at::Tensor& logits() const { return logits_; }          // [1, V] fp32, of the last run
  const at::Tensor& next_token() const { return next_token_; }  // [1] int64: their arg-max

  /// Whether nothing in run() waits for the device.
  bool has_kernels() const;

 private:
  void run_layer(int64_t layer);
  // The layer's product of K, Q and V, rotated, with K and V in the cache's last row.
  void project_into_cache(int64_t layer);
  // n: lists of rows in the cache.
  int64_t cache_heads() const { return lists_ * model_.config.kv_heads; }
  at::Tensor queries() const;  // [1, H, d]
  at::Tensor heads() const;    // [1, Hkv + H + Hkv, d]
  ops::PlacedCache cache(int64_t layer) const;

  const Model& model_;
  int64_t lists_;
  at::Tensor inputs_;  // [kCachePlaceWidth x L + 1] int64: the cache of each layer, then the token
  at::Tensor first_position_;  // [1] int64: 0, the one row of the rotation
  at::Tensor cosine_, sine_;   // [1, d / 2] fp32
  at::Tensor hidden_;          // [1, D]
  at::Tensor kqv_;             // [1, (Hkv + H + Hkv) d]
  // Where each query head has rows of its own: kqv_ with K and V for each of them, and which of its
  // heads these are.
  at::Tensor expanded_;   // [1, n + H + n, d]
  at::Tensor expansion_;  // [n + H + n] int64
  at::Tensor gated_;      // [1, F]
  at::Tensor logits_, next_token_;
};

}  // namespace skipbench
