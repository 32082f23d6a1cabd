#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "kernels/model/model_config.h"

namespace skipbench {

/// One decoder layer. Matrices are stored [out, in], as checkpoints do.
struct LayerWeights {
  at::Tensor attention_norm;  // [D]
  at::Tensor kqv;             // [(Hkv + H + Hkv) * d, D]: rows of K, then Q, then V
  at::Tensor kqv_bias;        // [(Hkv + H + Hkv) * d], or undefined
  at::Tensor attention_out;   // [D, H * d]
  at::Tensor ffn_norm;        // [D]
  at::Tensor gate_up;         // [2 * F, D]: rows of gate, then up
  at::Tensor down;            // [D, F]
  // What few families have; undefined elsewhere.
  at::Tensor attention_out_bias;    // [D]
  at::Tensor query_norm, key_norm;  // [d] each
};

struct ModelWeights {
  at::Tensor embedding;  // [V, D]
  std::vector<LayerWeights> layers;
  at::Tensor final_norm;  // [D]
  at::Tensor output;      // [V, D]; the embedding itself when tied
};

/// A model ready to run: every tensor on one device, in one dtype (norm weights included).
struct Model {
  ModelConfig config;
  ModelWeights weights;
  std::string hash;             // identifies the weights: file hash, or shape, dtype and seed
  bool random_weights = false;  // speed work only: no accuracy may be shown
  at::Device device() const { return weights.embedding.device(); }
  at::ScalarType dtype() const { return weights.embedding.scalar_type(); }
};

/// Throws ContractError naming the first tensor whose shape disagrees with the config.
void check_shapes(const Model& model);

}  // namespace skipbench
