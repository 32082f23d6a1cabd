#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "kernels/model/cache/kv_cache.h"
#include "kernels/model/layer_context.h"

namespace skipbench {

/// One layer of a decode step, once the new token's keys and values are in the cache.
class StepLayer final : public LayerContext {
 public:
  /// `tokens` of prompt and reply, the new one included. queries: [1, H, d] of the new token,
  /// rotated; keys, values: [T, Hkv, d], its own last.
  StepLayer(const Model& model, int64_t layer, int64_t tokens, AttentionInputs inputs,
            at::Tensor hidden, KvCache& cache, WorkMeter& meter);

  bool in_step() const override { return true; }
  int64_t live() const override { return inputs_.keys.size(0); }
  int64_t tokens() const override { return tokens_; }
  const at::Tensor& hidden() override { return hidden_; }
  const at::Tensor& keys() override { return inputs_.keys; }
  at::Tensor last_queries(int64_t count) override;
  const SeenAttention& seen() override;
  KvCache& cache() override { return cache_; }

  const AttentionInputs& inputs() const { return inputs_; }
  /// Of the tokens that it may see the new one saw these, with keys and values [V, Hkv, d].
  void set_seen(const TokenRows& visible, at::Tensor keys, at::Tensor values);
  /// The new token's residual stream is this now: [1, D], a tensor of its own.
  void set_hidden(at::Tensor hidden) { hidden_ = std::move(hidden); }

 private:
  int64_t tokens_;
  AttentionInputs inputs_;
  std::optional<SeenAttention> seen_;
  at::Tensor hidden_;
  KvCache& cache_;
};

}  // namespace skipbench
