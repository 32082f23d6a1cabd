#include "kernels/model/prefill/deferred_pairs.h"

#include <ATen/ATen.h>

#include <utility>

#include "kernels/model/cache/index_list.h"

namespace skipbench {

void count_attended(int64_t pairs, const ModelConfig& config, LayerActivity& layer,
                    WorkMeter& work) {
  const int64_t before = work.total();
  work.attention(pairs, config.query_heads, config.head_size);
  layer.attention_pairs += pairs;
  layer.flops += work.total() - before;
}

void DeferredPairs::add(int64_t layer, at::Tensor pairs) {
  layers_.push_back(layer);
  pairs_.push_back(std::move(pairs));
}

void DeferredPairs::settle(const ModelConfig& config, std::vector<LayerActivity>& layers,
                           WorkMeter& work) {
  if (pairs_.empty()) return;
  const std::vector<int64_t> counts = host_list(at::stack(std::exchange(pairs_, {})));
  const std::vector<int64_t> owners = std::exchange(layers_, {});
  for (size_t i = 0; i < counts.size(); ++i) {
    count_attended(counts[i], config, layers.at(owners[i]), work);
  }
}

}  // namespace skipbench
