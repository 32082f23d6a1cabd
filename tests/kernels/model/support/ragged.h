#pragma once

#include <ATen/ATen.h>

#include "kernels/model/layer_hooks.h"
#include "kernels/model/prefill/layer_context.h"

namespace skipbench::test {

/// Leaves caches of different lengths: every other token goes no further than layer 0, and in layer
/// 1 the first KV head keeps the first half of what is left, the second one the other.
struct Ragged : LayerHooks {
  static at::TensorOptions ids(const LayerContext& context) {
    return at::TensorOptions(context.device()).dtype(at::kLong);
  }
  TokenRows keep_after_layer(LayerContext& context) override {
    const int64_t live = context.live();
    if (context.layer() != 0) return TokenRows::all(live);
    return TokenRows::of(at::arange((live - 1) % 2, live, 2, ids(context)), live);
  }
  CachedRows cached_rows(LayerContext& context, const AttentionRows& rows) override {
    if (context.layer() != 1) return LayerHooks::cached_rows(context, rows);
    const int64_t half = context.live() / 2;
    const at::Tensor first = at::arange(half, ids(context));
    return {.shared = std::nullopt, .per_head = at::stack({first, first + context.live() - half})};
  }
};

}  // namespace skipbench::test
