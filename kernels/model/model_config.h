#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernels/model/rope_scaling.h"

namespace skipbench {

enum class Family { kLlama, kQwen2, kQwen3, kMistral, kPangu };

std::string_view family_name(Family family);

/// The hyper-parameters of a Llama-family decoder. The comment gives the letter used for it in
/// shape comments throughout the code.
struct ModelConfig {
  std::string name;
  Family family = Family::kLlama;
  int64_t layers = 0;       // L
  int64_t width = 0;        // D
  int64_t ffn_width = 0;    // F
  int64_t query_heads = 0;  // H
  int64_t kv_heads = 0;     // Hkv
  int64_t head_size = 0;    // d
  int64_t vocabulary = 0;   // V
  int64_t context = 0;      // longest sequence that the model computes as it was meant to
  double rope_base = 10000.0;
  double norm_epsilon = 1e-5;
  bool tied_embeddings = false;
  bool qkv_bias = false;
  bool attention_out_bias = false;
  bool head_norms = false;  // RMS norm of each query and key head before RoPE (Qwen3)
  RopeScaling rope_scaling = {};

  int64_t queries_per_kv_head() const { return query_heads / kv_heads; }
  /// Rows of the fused projection: K, then Q, then V.
  int64_t kqv_width() const { return (query_heads + 2 * kv_heads) * head_size; }

  /// Throws InputError, naming `source` (the checkpoint) and the field, when the numbers cannot
  /// belong to a decoder: sizes below 1 or absurdly large, H not a multiple of Hkv, an odd head
  /// size, RoPE scaling that cannot be.
  void validate(const std::string& source) const;
};

}  // namespace skipbench
