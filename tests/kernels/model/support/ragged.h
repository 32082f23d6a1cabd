#pragma once

#include <ATen/ATen.h>

#include "kernels/model/layer_context.h"
#include "kernels/model/run.h"

namespace skipbench::test {

/// Leaves caches of different lengths: every other token goes no further than layer 0, and in layer
/// 1 the first KV head keeps the first half of what is left, the second one the other.
struct Ragged : RunOf<Ragged> {
  static at::TensorOptions ids(const LayerContext& layer) {
    return at::TensorOptions(layer.device()).dtype(at::kLong);
  }
  TokenRows lives(LayerContext& layer, Point point) override {
    const int64_t live = layer.live();
    if (layer.in_step() || point != Point::kAfterLayer || layer.layer() != 0) {
      return TokenRows::all(live);
    }
    return TokenRows::of(at::arange((live - 1) % 2, live, 2, ids(layer)), live);
  }
  Keeps keeps(LayerContext& layer) override {
    if (layer.layer() != 1) return Run::keeps(layer);
    const int64_t half = layer.live() / 2;
    const at::Tensor first = at::arange(half, ids(layer));
    return {.per_head = at::stack({first, first + layer.live() - half})};
  }
};

}  // namespace skipbench::test
