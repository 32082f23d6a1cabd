#include "kernels/bench/llama_8b.h"

#include <ATen/ATen.h>

namespace skipbench::bench {

at::Tensor random(at::IntArrayRef shape, double scale) {
  return at::empty(shape, at::TensorOptions(at::kCUDA).dtype(at::kBFloat16)).normal_(0, scale);
}

Model random_llama_8b() {
  Model model;
  model.config = {.name = "llama-3.1-8b",
                  .layers = kLayers,
                  .width = kWidth,
                  .ffn_width = kFfnWidth,
                  .query_heads = kHeads,
                  .kv_heads = kKvHeads,
                  .head_size = kHeadSize,
                  .vocabulary = kVocabulary,
                  .context = 131072,
                  .rope_base = 500000};
  model.random_weights = true;
  model.weights.embedding = random({kVocabulary, kWidth});
  for (int64_t i = 0; i < kLayers; ++i) {
    LayerWeights layer;
    layer.attention_norm = random({kWidth});
    layer.kqv = random({kFusedWidth, kWidth}, 0.02);
    layer.attention_out = random({kWidth, kQueryWidth}, 0.02);
    layer.ffn_norm = random({kWidth});
    layer.gate_up = random({2 * kFfnWidth, kWidth}, 0.02);
    layer.down = random({kWidth, kFfnWidth}, 0.02);
    model.weights.layers.push_back(std::move(layer));
  }
  model.weights.final_norm = random({kWidth});
  model.weights.output = random({kVocabulary, kWidth}, 0.02);
  return model;
}

double decode_weight_bytes() {
  const double layer = 1.0 * kWidth * (kFusedWidth + kQueryWidth + 3 * kFfnWidth);
  return 2 * (kLayers * layer + 1.0 * kVocabulary * kWidth);
}

double decode_bytes(int64_t length) {
  return decode_weight_bytes() + 2.0 * 2 * kLayers * length * kKeyWidth;
}

}  // namespace skipbench::bench
