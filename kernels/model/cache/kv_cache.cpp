#include "kernels/model/cache/kv_cache.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "kernels/base/check.h"
#include "kernels/model/cache/index_list.h"

namespace skipbench {
namespace {

// The cache grows in large steps, so that decoding seldom moves it.
constexpr int64_t kCapacityStep = 256;

int64_t rounded_capacity(int64_t rows) {
  return (rows + kCapacityStep - 1) / kCapacityStep * kCapacityStep;
}

int64_t bytes_of(const std::vector<at::Tensor>& tensors) {
  int64_t bytes = 0;
  for (const at::Tensor& tensor : tensors) bytes += static_cast<int64_t>(tensor.nbytes());
  return bytes;
}

}  // namespace

KvCache::KvCache(const ModelConfig& config, at::Device device, at::ScalarType dtype,
                 std::shared_ptr<const CopyStream> copies)
    : kv_heads_(config.kv_heads),
      head_size_(config.head_size),
      options_(at::TensorOptions(device).dtype(dtype)),
      layers_(config.layers),
      copies_(std::move(copies)) {}

KvCache KvCache::empty_like() const {
  KvCache empty = *this;
  empty.layers_.assign(layers_.size(), {});
  empty.dropped_.clear();
  empty.held_.clear();
  empty.recalled_rows_ = 0;
  return empty;
}

int64_t KvCache::heads_of(const LayerCache& cache) const {
  return cache.keys.defined() ? cache.keys.size(0) : kv_heads_;
}

void KvCache::ensure_capacity(LayerCache& cache, int64_t heads, int64_t rows) {
  if (cache.keys.defined() && cache.keys.size(0) == heads && cache.keys.size(1) >= rows) return;
  const int64_t capacity = rounded_capacity(rows);
  const auto grown = [&](const at::Tensor& old) {
    at::Tensor larger = at::empty({heads, capacity, head_size_}, options_);
    if (cache.length > 0) {
      larger.narrow(1, 0, cache.length).copy_(old.narrow(1, 0, cache.length));
    }
    return larger;
  };
  cache.keys = grown(cache.keys);
  cache.values = grown(cache.values);
}

void KvCache::store(int64_t layer, const at::Tensor& keys, const at::Tensor& values,
                    const at::Tensor& positions, int64_t reserve) {
  require(keys.sizes() == values.sizes() && keys.size(0) % kv_heads_ == 0,
          "KvCache::store: keys and values must both be [Hkv, M, d] or [H, M, d]");
  LayerCache& cache = layers_.at(layer);
  cache.length = 0;
  ensure_capacity(cache, keys.size(0), keys.size(1) + reserve);
  cache.length = keys.size(1);
  ops::copy_into_cache_(keys.transpose(0, 1), values.transpose(0, 1), /*rows=*/{},
                        {.keys = cache.keys, .values = cache.values});
  cache.positions = positions;
}

int64_t KvCache::add_rows(int64_t layer, int64_t count) {
  LayerCache& cache = layers_.at(layer);
  const int64_t first = cache.length;
  ensure_capacity(cache, heads_of(cache), first + count);
  cache.length += count;
  return first;
}

void KvCache::append(int64_t layer, const at::Tensor& kqv, const at::Tensor& positions,
                     const ops::RopeTables& tables) {
  const int64_t count = kqv.size(0), first = add_rows(layer, count);
  LayerCache& cache = layers_.at(layer);
  const ops::CacheTarget target{.keys = cache.keys, .values = cache.values, .first = first};
  const int64_t copies = heads_of(cache) / kv_heads_, rotated = kqv.size(1) - kv_heads_;
  if (copies == 1) {
    ops::rope_kqv_into_cache_(kqv, positions, tables, target);
  } else {
    ops::rope_at_(kqv.narrow(1, 0, rotated), positions, tables);
    ops::copy_into_cache_(kqv.narrow(1, 0, kv_heads_).repeat_interleave(copies, 1),
                          kqv.narrow(1, rotated, kv_heads_).repeat_interleave(copies, 1),
                          /*rows=*/{}, target);
  }
  if (!cache.row_of.defined()) return;
  cache.positions = at::cat({cache.positions, positions});
  cache.row_of.index_copy_(0, positions, at::arange(first, first + count, cache.row_of.options()));
}

LayerCache& KvCache::writable(int64_t layer) {
  LayerCache& cache = layers_.at(layer);
  require(!cache.row_of.defined(), "KvCache: rows that are found by position stay where they are");
  if (cache.shared) {
    cache.keys = cache.keys.clone();
    cache.values = cache.values.clone();
    cache.shared = false;
  }
  return cache;
}

void KvCache::evict(int64_t layer, int64_t row) {
  LayerCache& cache = writable(layer);
  require(row >= 0 && row < cache.length, "KvCache::evict: row {} of {}", row, cache.length);
  --cache.length;
  if (row == cache.length) return;
  cache.keys.select(1, row).copy_(cache.keys.select(1, cache.length));
  cache.values.select(1, row).copy_(cache.values.select(1, cache.length));
}

void KvCache::evict(int64_t layer, const at::Tensor& rows) {
  LayerCache& cache = writable(layer);
  require(cache.length > 0 && rows.dim() == 1 && rows.size(0) == kv_heads_,
          "KvCache::evict: expected a row for each of {} KV heads", kv_heads_);
  --cache.length;
  const at::Tensor index = rows.view({-1, 1, 1}).expand({-1, 1, head_size_});
  cache.keys.scatter_(1, index, cache.keys.narrow(1, cache.length, 1).clone());
  cache.values.scatter_(1, index, cache.values.narrow(1, cache.length, 1).clone());
}

void KvCache::replace_keys(int64_t layer, const at::Tensor& keys) {
  LayerCache& cache = writable(layer);
  require(keys.size(0) <= cache.length, "KvCache::replace_keys: {} rows of {}", keys.size(0),
          cache.length);
  cache.keys.narrow(1, 0, keys.size(0)).copy_(keys.transpose(0, 1));
}

void KvCache::offload(int64_t layer, int64_t block, const std::vector<int64_t>& active) {
  LayerCache& cache = layers_.at(layer);
  const int64_t rows = cache.length, last = (rows - 1) / block;
  require(!active.empty() && active.back() == last && cache.positions.dim() == 1,
          "KvCache::offload: the last block must stay");
  std::vector<int64_t> kept, leaving, leaving_rows;
  for (int64_t b = 0, next = 0; b <= last; ++b) {
    const bool stays = b == active[next];
    std::vector<int64_t>& list = stays ? kept : leaving_rows;
    for (int64_t row = b * block; row < std::min((b + 1) * block, rows); ++row) list.push_back(row);
    if (stays) {
      ++next;
    } else {
      leaving.push_back(b);
    }
  }
  cache.blocks.emplace(block, last, std::vector<int64_t>(active.begin(), active.end() - 1));
  const at::Tensor keys = cache.keys, values = cache.values;
  const at::Tensor out = device_list(leaving_rows, options_.device());
  // Nobody waits: what comes back later comes after it on the same stream.
  copies_->run({keys, values, out}, [&] { cache.blocks->copy_out(keys, values, leaving, out); });
  const at::Tensor index = device_list(kept, options_.device());
  const int64_t reserve = keys.size(1) - rows;
  cache.keys.reset();  // a smaller one will do
  store(layer, keys.index_select(1, index), values.index_select(1, index),
        cache.positions.index_select(0, index), reserve);
}

void KvCache::recall(int64_t layer, const std::vector<int64_t>& active) {
  require(layers_.at(layer).blocks.has_value(), "KvCache::recall: nothing of layer {} is out",
          layer);
  const std::vector<int64_t> swappable(active.begin(), active.end() - 1);
  const SwappedBlocks::Swap swap = layers_.at(layer).blocks->plan(swappable);
  if (swap.coming.empty()) return;
  LayerCache& cache = writable(layer);
  const at::Tensor rows = device_list(cache.blocks->rows(swap), options_.device());
  cache.recalled = copies_->run({cache.keys, cache.values, rows}, [&] {
    cache.blocks->carry_out(swap, rows, cache.keys, cache.values);
  });
  recalled_rows_ += std::ssize(swap.coming) * cache.blocks->block();
}

void KvCache::await_copies(int64_t layer) {
  copies_->await(std::exchange(layers_.at(layer).recalled, nullptr));
}

void KvCache::index_positions(int64_t positions) {
  for (LayerCache& cache : layers_) {
    require(cache.positions.dim() == 1 && cache.positions.size(0) == cache.length,
            "KvCache::index_positions: {} positions for {} rows", cache.positions.numel(),
            cache.length);
    cache.row_of = at::full({positions}, -1, cache.positions.options());
    cache.row_of.index_copy_(0, cache.positions,
                             at::arange(cache.length, cache.positions.options()));
  }
}

at::Tensor KvCache::rows_of(int64_t layer, const at::Tensor& positions) const {
  return layers_.at(layer).row_of.index_select(0, positions);
}

KvCache KvCache::snapshot() {
  dropped_.share();
  for (LayerCache& cache : layers_) cache.shared = true;
  KvCache copy = *this;
  for (LayerCache& cache : copy.layers_) {
    if (cache.row_of.defined()) cache.row_of = cache.row_of.clone();
  }
  return copy;
}

std::vector<int64_t> KvCache::lengths() const {
  std::vector<int64_t> lengths;
  lengths.reserve(layers_.size());
  for (const LayerCache& layer : layers_) lengths.push_back(layer.length);
  return lengths;
}

int64_t KvCache::row_bytes(const LayerCache& cache) const {
  return 2 * heads_of(cache) * head_size_ * static_cast<int64_t>(options_.dtype().itemsize());
}

int64_t KvCache::lists() const {
  const int64_t heads = heads_of(layers_.front());
  const bool same = std::all_of(layers_.begin(), layers_.end(),
                                [&](const LayerCache& layer) { return heads_of(layer) == heads; });
  return same ? heads / kv_heads_ : 0;
}

int64_t KvCache::bytes_in_use() const {
  int64_t bytes = dropped_.bytes_in_use() + bytes_of(held_);
  for (const LayerCache& layer : layers_) {
    bytes += layer.length * row_bytes(layer) + bytes_of(layer.method_state);
  }
  return bytes;
}

int64_t KvCache::host_bytes_in_use() const {
  int64_t bytes = 0;
  for (const LayerCache& layer : layers_) {
    if (layer.blocks) bytes += layer.blocks->out() * layer.blocks->block() * row_bytes(layer);
  }
  return bytes;
}

}  // namespace skipbench
