#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "kernels/model/cache/copy_stream.h"
#include "kernels/model/cache/dropped_tokens.h"
#include "kernels/model/cache/swapped_blocks.h"
#include "kernels/model/model_config.h"
#include "kernels/ops/rows/rope.h"

namespace skipbench {

/// One layer's cache. Keys are stored rotated at their original positions, unless replaced.
struct LayerCache {
  // n: Hkv, or H where each query head holds rows of its own.
  at::Tensor keys;       // [n, capacity, d]
  at::Tensor values;     // [n, capacity, d]
  at::Tensor positions;  // [M] or, by head, [n, M] int64: of the rows that prefill kept
  int64_t length = 0;    // rows in use, the same for every head
  at::Tensor row_of;     // [P] int64: the row of each position or -1; undefined unless indexed
  bool shared = false;   // with a snapshot: rows are copied before one is overwritten
  std::vector<at::Tensor> method_state;  // what a method knows of the rows
  std::optional<SwappedBlocks> blocks;   // where some of the rows lie in host memory
  CopyStream::End recalled;              // of those that are coming back; null: none
};

/// The ragged KV cache: each layer has its own length; each KV head may hold its own rows, and so
/// may each query head, of copies. The order of the rows is free: a new token sees all of them.
class KvCache {
 public:
  /// `copies` carries rows to host memory and back, of as many caches as one likes.
  KvCache(const ModelConfig& config, at::Device device, at::ScalarType dtype,
          std::shared_ptr<const CopyStream> copies);

  /// Nothing yet, of the same shape, dtype and place.
  KvCache empty_like() const;

  int64_t layers() const { return static_cast<int64_t>(layers_.size()); }
  const LayerCache& layer(int64_t index) const { return layers_.at(index); }

  /// Sets the layer's rows after prefill, with room for `reserve` more. keys, values: [n, M, d],
  /// any strides, n a multiple of Hkv; positions: [M] or [n, M].
  void store(int64_t layer, const at::Tensor& keys, const at::Tensor& values,
             const at::Tensor& positions, int64_t reserve);

  /// Adds n rows after the others, which the caller fills (they hold anything before): the first.
  int64_t add_rows(int64_t layer, int64_t count);
  /// Adds n tokens' rows after the others, to every query head where each has its own: rotates K
  /// and Q heads of a fused product in place and stores rotated K and plain V. kqv: [n, Hkv + H +
  /// Hkv, d]; positions: [n] int64, by which the rows are found where they are indexed.
  void append(int64_t layer, const at::Tensor& kqv, const at::Tensor& positions,
              const ops::RopeTables& tables);

  /// A row leaves the cache of every KV head; the last row takes its place.
  void evict(int64_t layer, int64_t row);
  /// In each KV head a row of its own leaves. rows: [Hkv] int64.
  void evict(int64_t layer, const at::Tensor& rows);

  /// The keys of the layer's first n rows become these: [n, Hkv, d].
  void replace_keys(int64_t layer, const at::Tensor& keys);

  /// The layer's rows form blocks of `block`, the last of which may be smaller. Only the blocks
  /// `active` stay, ascending, the last one among them; the others go to host memory.
  void offload(int64_t layer, int64_t block, const std::vector<int64_t>& active);
  /// Other blocks, as many, are to stay in the cache: those that are missing come back from host
  /// memory, beside the computation until the layer's next attention.
  void recall(int64_t layer, const std::vector<int64_t>& active);
  /// Before the layer's attention: what is queued from now on finds its rows.
  void await_copies(int64_t layer);
  /// Rows that recall() brought back, over all layers.
  int64_t recalled_rows() const { return recalled_rows_; }

  /// Keeps a tensor of a method's own for the length of the sequence, so that its bytes are
  /// counted.
  void hold(at::Tensor state) { held_.push_back(std::move(state)); }

  /// The same of one layer: what a method knows of its rows. Tensors are replaced, never written
  /// to: snapshots share them.
  std::vector<at::Tensor>& method_state(int64_t layer) { return layers_.at(layer).method_state; }

  /// From now on rows can be found by position, of which there are up to `positions`. Each layer's
  /// rows must be those that prefill stored, the same for every KV head.
  void index_positions(int64_t positions);
  bool indexed() const { return !layers_.empty() && layers_[0].row_of.defined(); }
  /// Rows of the tokens at `positions` [n] in the layer, -1 where it has none: [n] int64.
  at::Tensor rows_of(int64_t layer, const at::Tensor& positions) const;

  /// Tokens that left on the way through the layers and may come back.
  DroppedTokens& dropped() { return dropped_; }
  const DroppedTokens& dropped() const { return dropped_; }

  /// The cache as it is now, to come back to. Rows are shared until one of the two is overwritten.
  KvCache snapshot();

  /// Rows in use, one count per layer.
  std::vector<int64_t> lengths() const;
  /// Lists of rows that each KV head has in every layer: 1, or one for each of its query heads. 0
  /// where layers differ.
  int64_t lists() const;
  /// Bytes of what is in use on the device: keys and values of all layers, hidden states of dropped
  /// tokens, what methods hold.
  int64_t bytes_in_use() const;
  /// Bytes of keys and values that lie in host memory and not on the device.
  int64_t host_bytes_in_use() const;

 private:
  void ensure_capacity(LayerCache& cache, int64_t heads, int64_t rows);
  int64_t heads_of(const LayerCache& cache) const;
  LayerCache& writable(int64_t layer);
  int64_t row_bytes(const LayerCache& cache) const;
  int64_t kv_heads_, head_size_;
  at::TensorOptions options_;
  std::vector<LayerCache> layers_;
  DroppedTokens dropped_;
  std::vector<at::Tensor> held_;
  std::shared_ptr<const CopyStream> copies_;
  int64_t recalled_rows_ = 0;
};

}  // namespace skipbench
