#pragma once

#include <ATen/core/Tensor.h>

#include "kernels/model/model_config.h"
#include "kernels/ops/rows/rope.h"

namespace skipbench {

/// [d / 2] fp32: how far pair i turns a position, base^(-2i/d) before the checkpoint's scaling, for
/// a sequence of `length` tokens (which only dynamic scaling looks at). Computed in fp32 as Hugging
/// Face transformers does, so that logits agree to the last bits that matter.
at::Tensor rope_frequencies(const ModelConfig& config, int64_t length, at::Device device);

/// Cosines and sines of the rotary position embedding, in fp32, for every position below a length
/// that grows on demand.
class RopeTable {
 public:
  RopeTable(const ModelConfig& config, at::Device device);

  /// Makes room for the positions of a sequence of `length` tokens. Under dynamic scaling beyond
  /// the original context this turns every position anew; keys in a cache keep the turn that they
  /// got, as in Hugging Face transformers.
  void reserve(int64_t length);
  /// Of every position for which there is room: [length, d / 2] each.
  ops::RopeTables tables() const { return {cosine_, sine_}; }

 private:
  ModelConfig config_;
  int64_t frequencies_for_ = 0;  // the length whose frequencies these are
  at::Tensor frequencies_;       // [d / 2] fp32
  at::Tensor cosine_, sine_;     // [length, d / 2] fp32
};

}  // namespace skipbench
