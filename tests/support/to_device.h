#pragma once

#include <ATen/ATen.h>

#include "kernels/model/weights.h"

namespace skipbench::test {

/// A copy of the model on another device, in another dtype.
inline Model to_device(const Model& model, at::Device device, at::ScalarType dtype) {
  Model copy = model;
  const auto move = [&](at::Tensor& x) {
    if (x.defined()) x = x.to(device, dtype);
  };
  move(copy.weights.embedding);
  move(copy.weights.final_norm);
  move(copy.weights.output);
  for (LayerWeights& layer : copy.weights.layers) {
    for (at::Tensor* x : {&layer.attention_norm, &layer.kqv, &layer.kqv_bias, &layer.attention_out,
                          &layer.attention_out_bias, &layer.query_norm, &layer.key_norm,
                          &layer.ffn_norm, &layer.gate_up, &layer.down}) {
      move(*x);
    }
  }
  return copy;
}

}  // namespace skipbench::test
