#pragma once

#include <ATen/core/Tensor.h>

#include "kernels/model/model_config.h"

namespace skipbench {

/// Cosines and sines of the rotary position embedding, in fp32, for every position below a length
/// that grows on demand. The angle of pair i at position p is p * base^(-2i/d), computed in fp32 as
/// Hugging Face transformers does, so that logits agree to the last bits that matter.
class RopeTable {
 public:
  RopeTable(const ModelConfig& config, at::Device device);

  /// Makes room for positions below `length`.
  void reserve(int64_t length);
  /// [M, d / 2] each, for [M] positions.
  struct Rotation {
    at::Tensor cosine, sine;
  };
  Rotation at(const at::Tensor& positions) const;

 private:
  at::Tensor inverse_frequency_;  // [d / 2] fp32
  at::Tensor cosine_, sine_;      // [length, d / 2] fp32
};

}  // namespace skipbench
