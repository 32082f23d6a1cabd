#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "kernels/model/model_config.h"

namespace skipbench {

/// One layer's cache. Keys are stored rotated at their original positions.
struct LayerCache {
  at::Tensor keys;       // [Hkv, capacity, d]
  at::Tensor values;     // [Hkv, capacity, d]
  at::Tensor positions;  // [1 or Hkv, length] int64: original positions of the prompt rows kept
  int64_t length = 0;    // rows in use, the same for every KV head
};

/// The ragged KV cache: each layer has its own length; each KV head may hold its own rows.
class KvCache {
 public:
  KvCache(const ModelConfig& config, at::Device device, at::ScalarType dtype);

  int64_t layers() const { return static_cast<int64_t>(layers_.size()); }
  const LayerCache& layer(int64_t index) const { return layers_[index]; }
  int64_t length(int64_t layer) const { return layers_[layer].length; }

  /// Replaces the layer's rows after prefill. keys, values: [M, Hkv, d] or, with rows of its own
  /// for each KV head, [Hkv, M, d] and per_head = true. positions: [1 or Hkv, M].
  void store(int64_t layer, const at::Tensor& keys, const at::Tensor& values,
             const at::Tensor& positions, bool per_head, int64_t reserve);

  /// Adds n new tokens' rows behind the others. keys, values: [n, Hkv, d].
  void append(int64_t layer, const at::Tensor& keys, const at::Tensor& values);

  /// Drops the rows behind `lengths` (one per layer): takes back appended tokens.
  void truncate(const std::vector<int64_t>& lengths);
  std::vector<int64_t> lengths() const;

  /// Bytes of the rows in use, keys and values, all layers.
  int64_t bytes_in_use() const;

 private:
  void ensure_capacity(LayerCache& cache, int64_t capacity);
  ModelConfig config_;
  at::TensorOptions options_;
  std::vector<LayerCache> layers_;
};

}  // namespace skipbench
