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
  at::Tensor positions;  // [M] or, per KV head, [Hkv, M] int64: prompt positions of the rows kept
  int64_t length = 0;    // rows in use, the same for every KV head
};

/// The ragged KV cache: each layer has its own length; each KV head may hold its own rows.
class KvCache {
 public:
  KvCache(const ModelConfig& config, at::Device device, at::ScalarType dtype);

  int64_t layers() const { return static_cast<int64_t>(layers_.size()); }
  const LayerCache& layer(int64_t index) const { return layers_.at(index); }

  /// Sets the layer's rows after prefill, with room for `reserve` more. keys, values: [Hkv, M, d],
  /// any strides; positions: [M] or [Hkv, M].
  void store(int64_t layer, const at::Tensor& keys, const at::Tensor& values,
             const at::Tensor& positions, int64_t reserve);

  /// Adds n new tokens' rows behind the others. keys, values: [n, Hkv, d].
  void append(int64_t layer, const at::Tensor& keys, const at::Tensor& values);

  /// Rows in use, one count a layer.
  std::vector<int64_t> lengths() const;
  /// Drops the rows behind `lengths` (one per layer): takes back appended tokens.
  void truncate(const std::vector<int64_t>& lengths);

  /// Bytes of the rows in use, keys and values, all layers.
  int64_t bytes_in_use() const;

 private:
  void ensure_capacity(LayerCache& cache, int64_t rows);
  int64_t kv_heads_, head_size_;
  at::TensorOptions options_;
  std::vector<LayerCache> layers_;
};

}  // namespace skipbench
