#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "kernels/model/prompt.h"
#include "kernels/model/weights.h"

namespace skipbench::test {

/// A small Llama- or Qwen2-shaped configuration; `group` query heads share a KV head.
inline ModelConfig tiny_config(int64_t group = 3, bool bias = false, int64_t layers = 4) {
  ModelConfig config;
  config.name = "tiny";
  config.family = bias ? Family::kQwen2 : Family::kLlama;
  config.layers = layers;
  config.width = 48;
  config.ffn_width = 96;
  config.kv_heads = 2;
  config.query_heads = 2 * group;
  config.head_size = 16;
  config.vocabulary = 101;
  config.context = 4096;
  config.qkv_bias = bias;
  return config;
}

/// Random weights large enough that tokens attend unevenly, the same for equal seeds.
inline Model tiny_model(const ModelConfig& config, uint64_t seed = 7) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  const auto matrix = [&](int64_t rows, int64_t columns) {
    return at::randn({rows, columns}, generator, at::TensorOptions(at::kFloat)) *
           (1.5 / std::sqrt(static_cast<double>(columns)));
  };
  const auto norm = [&](int64_t size) {
    return 1.0 + 0.1 * at::randn({size}, generator, at::TensorOptions(at::kFloat));
  };
  Model model;
  model.config = config;
  model.hash = "tiny";
  model.weights.embedding = matrix(config.vocabulary, config.width) * 4.0;
  for (int64_t i = 0; i < config.layers; ++i) {
    LayerWeights layer;
    layer.attention_norm = norm(config.width);
    layer.kqv = matrix(config.kqv_width(), config.width);
    if (config.qkv_bias) layer.kqv_bias = 0.1 * norm(config.kqv_width());
    layer.attention_out = matrix(config.width, config.query_heads * config.head_size);
    layer.ffn_norm = norm(config.width);
    layer.gate_up = matrix(2 * config.ffn_width, config.width);
    layer.down = matrix(config.width, config.ffn_width);
    if (config.attention_out_bias) layer.attention_out_bias = 0.1 * norm(config.width);
    if (config.head_norms) {
      layer.query_norm = norm(config.head_size);
      layer.key_norm = norm(config.head_size);
    }
    model.weights.layers.push_back(std::move(layer));
  }
  model.weights.final_norm = norm(config.width);
  model.weights.output = matrix(config.vocabulary, config.width);
  return model;
}

/// `length` token ids drawn from the vocabulary, the same for equal seeds.
inline Prompt tiny_prompt(const ModelConfig& config, int64_t length, uint64_t seed = 1) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  const at::Tensor ids =
      at::randint(0, config.vocabulary, {length}, generator, at::TensorOptions(at::kInt));
  const auto* const data = ids.const_data_ptr<int32_t>();
  Prompt prompt;
  prompt.tokens.assign(data, data + length);
  prompt.content_end = length;
  prompt.seed = seed;
  return prompt;
}

}  // namespace skipbench::test
