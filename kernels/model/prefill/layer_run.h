#pragma once

#include "kernels/model/activity.h"
#include "kernels/model/cache/kv_cache.h"
#include "kernels/model/decoder.h"
#include "kernels/model/prefill/deferred_pairs.h"
#include "kernels/model/prefill/layer_context.h"

namespace skipbench {

/// One layer of one prefill: asks the hooks in their order and does what they say.
class LayerRun {
 public:
  /// Pairs that only the device can count go to `deferred`.
  LayerRun(LayerContext& context, LayerHooks& hooks, KvCache& cache, DeferredPairs& deferred,
           const PrefillOptions& options)
      : context_(context), hooks_(hooks), cache_(cache), deferred_(deferred), options_(options) {}

  /// Attention, then FFN; afterwards the context holds what the next layer begins with. Nothing
  /// waits for the device, unless the hooks do.
  LayerActivity run();

 private:
  void attend();
  at::Tensor dense_attention(const AttentionRows& rows, const AttentionInputs& inputs);
  void store_cache(const AttentionRows& rows, const AttentionInputs& inputs);
  void run_ffn();
  /// Only the kept tokens go on; where others may come back, their hidden states are set aside.
  void leave(const TokenRows& kept, Leaving leaving);
  /// Checks the hook's answer; with force_gather turns "all" into an explicit list.
  TokenRows checked(TokenRows rows, std::string_view hook) const;
  /// The same of rows that live on, of which the last token is one.
  TokenRows surviving(TokenRows rows, std::string_view hook) const;
  std::vector<int64_t> recorded_positions(const TokenRows& rows) const;

  LayerContext& context_;
  LayerHooks& hooks_;
  KvCache& cache_;
  DeferredPairs& deferred_;
  const PrefillOptions& options_;
  LayerActivity activity_;
};

}  // namespace skipbench
