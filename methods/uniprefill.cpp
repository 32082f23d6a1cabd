#include "methods/uniprefill.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "kernels/base/budget.h"
#include "kernels/base/ceil_div.h"
#include "kernels/model/prefill/layer_context.h"
#include "kernels/ops/rows/top_k.h"
#include "methods/interface/entry.h"
#include "methods/selection/attention_scores.h"
#include "methods/selection/parameter_checks.h"
#include "methods/selection/select_top.h"
#include "methods/sparse/cumulative_shares.h"

namespace skipbench {

void UniPrefillParameters::check(std::vector<ParameterProblem>& problems) const {
  check_ascending("drop_layers", drop_layers, problems);
}

namespace {

// The sum of each block of `block` scores, the last one of those it has: [B] fp32.
at::Tensor block_sums(const at::Tensor& scores, int64_t block) {
  const int64_t live = scores.size(0), blocks = ceil_div(live, block);
  return at::constant_pad_nd(scores, {0, blocks * block - live}).view({blocks, block}).sum(1);
}

/// UniPrefill, arXiv 2605.06221: at a few layers, between attention and FFN, the blocks that the
/// last tokens hardly attend to are dropped for good. T: living tokens; B: blocks of them.
class UniPrefill : public Method {
 public:
  explicit UniPrefill(UniPrefillParameters parameters) : p_(std::move(parameters)) {}

  void attach(const ModelConfig& config) override {
    require_layers("drop_layers", p_.drop_layers, config);
  }

  std::optional<Attended> attend(LayerContext& layer, const AttentionRows&,
                                 const AttentionInputs& inputs) override {
    if (drops(layer)) scores_ = attention_scores(layer, inputs, p_.window);
    return std::nullopt;
  }

  TokenRows keep_before_ffn(LayerContext& layer) override {
    const int64_t live = layer.live();
    if (!drops(layer)) return TokenRows::all(live);
    const at::Tensor sums = block_sums(scores_, p_.block);  // [B]
    // How many blocks are kept depends on the scores: one wait for the count, one for the union
    // with the first and last tokens.
    const at::Tensor covered = cumulative_shares(sums, /*highest_first=*/true);
    const int64_t within = covered.le(p_.p).sum().item<int64_t>();
    const int64_t count = select_count(p_.crossing ? within + 1 : within, sums.size(0));
    at::Tensor kept = at::zeros({sums.size(0)}, sums.options().dtype(at::kBool));
    kept.index_fill_(0, ops::top_k_rows(sums, count), true);
    return select_where(kept.repeat_interleave(p_.block).narrow(0, 0, live), forced_);
  }

 private:
  bool drops(const LayerContext& layer) const {
    const int64_t live = layer.live();
    return std::binary_search(p_.drop_layers.begin(), p_.drop_layers.end(), layer.layer()) &&
           p_.p < 1 && live > p_.min_tokens && live > p_.first + p_.last;
  }

  UniPrefillParameters p_;
  ForcedTokens forced_{.protect_first = p_.first, .protect_last = p_.last, .force = "union"};
  at::Tensor scores_;  // [T] attention of the last tokens in a layer that drops
};

}  // namespace

MethodEntry uniprefill_method() {
  return method_entry<UniPrefillParameters, UniPrefill>(
      {.name = "uniprefill",
       .summary = "UniPrefill: at a few layers, blocks that hold little of the last tokens' "
                  "attention are dropped between attention and FFN",
       .paper = "2605.06221",
       .fate = "dropped blocks are gone for later layers; the layer that drops and those before "
               "keep their K/V",
       .decides = {Decision::kKeepBeforeFfn}});
}

}  // namespace skipbench
