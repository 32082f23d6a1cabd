#include "kernels/model/kv_cache.h"

#include <ATen/ATen.h>

#include "kernels/base/check.h"

namespace skipbench {
namespace {

// The cache grows in large steps, so that decoding seldom moves it.
constexpr int64_t kCapacityStep = 256;

int64_t rounded_capacity(int64_t rows) {
  return (rows + kCapacityStep - 1) / kCapacityStep * kCapacityStep;
}

}  // namespace

KvCache::KvCache(const ModelConfig& config, at::Device device, at::ScalarType dtype)
    : kv_heads_(config.kv_heads),
      head_size_(config.head_size),
      options_(at::TensorOptions(device).dtype(dtype)),
      layers_(config.layers) {}

void KvCache::ensure_capacity(LayerCache& cache, int64_t rows) {
  if (cache.keys.defined() && cache.keys.size(1) >= rows) return;
  const int64_t capacity = rounded_capacity(rows);
  const auto grown = [&](const at::Tensor& old) {
    at::Tensor larger = at::empty({kv_heads_, capacity, head_size_}, options_);
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
  require(keys.sizes() == values.sizes() && keys.size(0) == kv_heads_,
          "KvCache::store: keys and values must both be [Hkv, M, d]");
  LayerCache& cache = layers_.at(layer);
  cache.length = 0;
  ensure_capacity(cache, keys.size(1) + reserve);
  cache.length = keys.size(1);
  cache.keys.narrow(1, 0, cache.length).copy_(keys);
  cache.values.narrow(1, 0, cache.length).copy_(values);
  cache.positions = positions;
}

void KvCache::append(int64_t layer, const at::Tensor& keys, const at::Tensor& values) {
  LayerCache& cache = layers_.at(layer);
  const int64_t count = keys.size(0);
  ensure_capacity(cache, cache.length + count);
  cache.keys.narrow(1, cache.length, count).copy_(keys.transpose(0, 1));
  cache.values.narrow(1, cache.length, count).copy_(values.transpose(0, 1));
  cache.length += count;
}

void KvCache::truncate(const std::vector<int64_t>& lengths) {
  require(lengths.size() == layers_.size(), "KvCache::truncate: {} lengths for {} layers",
          lengths.size(), layers_.size());
  for (size_t i = 0; i < layers_.size(); ++i) {
    require(lengths[i] <= layers_[i].length, "KvCache::truncate: layer {} has only {} rows", i,
            layers_[i].length);
    layers_[i].length = lengths[i];
  }
}

std::vector<int64_t> KvCache::lengths() const {
  std::vector<int64_t> lengths;
  lengths.reserve(layers_.size());
  for (const LayerCache& layer : layers_) lengths.push_back(layer.length);
  return lengths;
}

int64_t KvCache::bytes_in_use() const {
  int64_t rows = 0;
  for (const LayerCache& layer : layers_) rows += layer.length;
  return 2 * rows * kv_heads_ * head_size_ * static_cast<int64_t>(options_.dtype().itemsize());
}

}  // namespace skipbench
