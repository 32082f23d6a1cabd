#include "methods/streamingllm.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "kernels/base/budget.h"
#include "kernels/model/layer_context.h"
#include "methods/entry.h"
#include "methods/selection/select_top.h"

namespace skipbench {
namespace {

/// StreamingLLM, arXiv 2309.17453: after prefill the cache keeps the first tokens, which attract
/// attention whatever they say, and the most recent ones. Prefill is full attention. Keys stay
/// rotated at their original positions, and every generated token is kept: the window does not move
/// on during decoding. V: tokens that attention sees, by itself the whole prompt.
class StreamingLlm : public Method {
 public:
  explicit StreamingLlm(const StreamingLlmParameters& parameters) : p_(parameters) {}

  CachedRows cached_rows(LayerContext& layer, const AttentionRows& rows) override {
    const int64_t visible = rows.visible.count();
    const int64_t budget = select_count(p_.keep.resolve(layer.prompt().length()), visible);
    const int64_t keep = std::max(budget, p_.sinks + 1);  // the sinks and at least the last token
    if (keep >= visible) return Method::cached_rows(layer, rows);
    const int64_t recent = keep - p_.sinks;
    const auto options = at::TensorOptions(layer.device()).dtype(at::kLong);
    const at::Tensor kept =
        at::cat({at::arange(p_.sinks, options), at::arange(visible - recent, visible, options)});
    return {.shared = select_within(rows.visible, TokenRows::of(kept, visible), layer.device()),
            .per_head = {}};  // [keep]
  }

 private:
  StreamingLlmParameters p_;
};

}  // namespace

MethodEntry streamingllm_method() {
  return method_entry<StreamingLlmParameters, StreamingLlm>(
      {.name = "streamingllm",
       .summary =
           "StreamingLLM: after prefill the cache keeps the first and the most recent tokens",
       .paper = "2309.17453",
       .fate = "prefill is as without it; dropped tokens leave the cache, so that generated ones "
               "do not see "
               "them",
       .decides = {Decision::kCachedRows}});
}

}  // namespace skipbench
