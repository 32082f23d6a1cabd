#include "harness/machine/weights_bytes.h"

#include <ATen/core/Tensor.h>

namespace skipbench {

int64_t weights_bytes(const ModelWeights& weights) {
  int64_t bytes = 0;
  const auto add = [&bytes](const at::Tensor& tensor) {
    if (tensor.defined()) bytes += static_cast<int64_t>(tensor.nbytes());
  };
  add(weights.embedding);
  add(weights.final_norm);
  if (!weights.output.is_same(weights.embedding)) add(weights.output);
  for (const LayerWeights& layer : weights.layers) {
    for (const at::Tensor& tensor :
         {layer.attention_norm, layer.kqv, layer.kqv_bias, layer.attention_out, layer.ffn_norm,
          layer.gate_up, layer.down, layer.attention_out_bias, layer.query_norm, layer.key_norm}) {
      add(tensor);
    }
  }
  return bytes;
}

}  // namespace skipbench
