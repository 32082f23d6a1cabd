#include "methods/streamingllm.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "kernels/base/budget.h"
#include "kernels/model/kv_cache.h"
#include "kernels/model/layer_context.h"
#include "methods/entry.h"
#include "methods/selection/select_top.h"

namespace skipbench {
namespace {

/// StreamingLLM, arXiv 2309.17453: after prefill the cache keeps the first tokens, which attract
/// attention whatever they say, and the most recent ones. Prefill is full attention. Keys stay
/// rotated at their original positions. While decoding the window moves on: where the cache is
/// full, the oldest token behind the sinks makes room for the new one. V: tokens that attention
/// sees, by itself the whole prompt.
class StreamingLlm : public Method {
 public:
  explicit StreamingLlm(const StreamingLlmParameters& parameters) : p_(parameters) {}

  void begin_prompt(const Prompt& prompt) override {
    // The sinks and at least the last token.
    rows_ = std::max(p_.keep.resolve(prompt.length()), p_.sinks + 1);
  }

  CachedRows cached_rows(LayerContext& layer, const AttentionRows& rows) override {
    const int64_t visible = rows.visible.count();
    if (rows_ >= visible) return Method::cached_rows(layer, rows);
    const int64_t recent = rows_ - p_.sinks;
    const auto options = at::TensorOptions(layer.device()).dtype(at::kLong);
    const at::Tensor kept =
        at::cat({at::arange(p_.sinks, options), at::arange(visible - recent, visible, options)});
    return {.shared = select_within(rows.visible, TokenRows::of(kept, visible), layer.device()),
            .per_head = {}};  // [keep]
  }

  void begin_decode(int64_t) override { evicted_.clear(); }

  bool plans_decode() const override { return p_.keep != Budget::share(1.0); }

  // The last row takes the place of the oldest, so that the window's older rows form a ring.
  void plan_step(KvCache& cache) override {
    evicted_.resize(cache.layers());
    const int64_t ring = rows_ - p_.sinks - 1;
    for (int64_t layer = 0; layer < cache.layers(); ++layer) {
      if (cache.layer(layer).length < rows_) continue;
      cache.evict(layer, p_.sinks + (ring == 0 ? 0 : evicted_[layer]++ % ring));
    }
  }

 private:
  StreamingLlmParameters p_;
  int64_t rows_ = 0;              // of a full cache
  std::vector<int64_t> evicted_;  // by layer, since decoding began
};

}  // namespace

MethodEntry streamingllm_method() {
  return method_entry<StreamingLlmParameters, StreamingLlm>(
      {.name = "streamingllm",
       .summary = "StreamingLLM: the cache keeps the first and the most recent tokens; while "
                  "decoding the window moves on",
       .paper = "2309.17453",
       .fate = "prefill is as without it; dropped tokens leave the cache, so that generated ones "
               "do not see "
               "them",
       .decides = {Decision::kCachedRows}});
}

}  // namespace skipbench
