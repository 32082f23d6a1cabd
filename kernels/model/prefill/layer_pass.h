#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "kernels/model/activity.h"
#include "kernels/model/cache/kv_cache.h"
#include "kernels/model/decoder.h"
#include "kernels/model/prefill/deferred_pairs.h"
#include "kernels/model/prefill/prefill_layer.h"

namespace skipbench {

/// One layer of one prefill: asks the run its questions and does what it says.
class LayerPass {
 public:
  LayerPass(PrefillLayer& layer, Sequence& sequence, const PrefillOptions& options)
      : layer_(layer), sequence_(sequence), run_(*sequence.run), options_(options) {}

  /// Attention, then FFN; afterwards the layer holds what the next one begins with. Nothing waits
  /// for the device, unless the run does. Pairs that only the device can count are deferred.
  LayerActivity run();

 private:
  void attend();
  /// The result joins the residual stream; what it took is freed before the method looks at it.
  void add_attention(Reads reads);
  at::Tensor attended_heads(Reads& reads);
  at::Tensor dense_attention(const Reads& reads);
  void store_cache();
  void run_ffn();
  /// Only the tokens that live on stay; where others may come back, their hidden states are set
  /// aside.
  void leave(Point point);
  /// Checks an answer; with force_gather turns "all" into an explicit list.
  TokenRows checked(TokenRows rows, std::string_view question) const;
  std::vector<int64_t> recorded_positions(const TokenRows& rows) const;
  bool reads_attention_output() const;

  PrefillLayer& layer_;
  Sequence& sequence_;
  Run& run_;
  const PrefillOptions& options_;
  LayerActivity activity_;
};

}  // namespace skipbench
