#pragma once

#include "kernels/model/activity.h"
#include "kernels/model/decoder.h"
#include "kernels/model/kv_cache.h"
#include "kernels/model/layer_context.h"

namespace skipbench {

/// One layer of one prefill: asks the hooks in their order and does what they say.
class LayerRun {
 public:
  LayerRun(LayerContext& context, LayerHooks& hooks, KvCache& cache, const PrefillOptions& options)
      : context_(context), hooks_(hooks), cache_(cache), options_(options) {}

  /// Attention, then FFN; afterwards the context's hidden [T, D] is the next layer's input.
  LayerActivity run();

 private:
  void attend();
  at::Tensor dense_attention(const AttentionRows& rows, const AttentionInputs& inputs);
  void store_cache(const AttentionRows& rows, const AttentionInputs& inputs);
  void run_ffn();
  /// Counts the pairs attended.
  void count_pairs(int64_t pairs);
  /// Checks the hook's answer; with force_gather turns "all" into an explicit list.
  TokenRows checked(TokenRows rows, std::string_view hook) const;
  std::vector<int64_t> recorded_positions(const TokenRows& rows) const;

  LayerContext& context_;
  LayerHooks& hooks_;
  KvCache& cache_;
  const PrefillOptions& options_;
  LayerActivity activity_;
};

}  // namespace skipbench
