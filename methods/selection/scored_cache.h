#pragma once

#include <ATen/core/Tensor.h>

#include "kernels/model/seen_attention.h"
#include "methods/interface/method.h"

namespace skipbench {

/// A method that decides after a layer's attention, by scores, what each head's cache keeps:
/// those with the highest scores and the most recent tokens. Attention itself stays as it is. The
/// scores speak of the V tokens that attention saw: all living ones, unless another method chose.
class ScoredCache : public Run {
 public:
  /// Looks at the queries and keys that attention has anyway: the probe projects nothing again.
  Keeps keeps(LayerContext& layer) override;
  void end_prompt(KvCache& cache) override;

 protected:
  /// How many of the V visible tokens each head keeps, the recent ones among them; V: all.
  virtual int64_t cached_count(const LayerContext& layer, int64_t visible) const = 0;
  /// The scores of all visible tokens but the last r, which are kept: [n, V - r] fp32, n the KV
  /// heads or, where each keeps rows of its own, the query heads.
  virtual at::Tensor scores(LayerContext& layer, const SeenAttention& seen) const = 0;
  /// Whether the layer computes its scores.
  virtual bool needs_scores(const LayerContext& layer, int64_t visible) const;

  // Of the layer that is running, where it needs them:
  at::Tensor scores_;
  at::Tensor kept_;  // [n, count] ranks among the visible tokens
};

}  // namespace skipbench
