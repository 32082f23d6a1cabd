#include "methods/lazyllm.h"

#include <ATen/ATen.h>

#include <cmath>

#include "kernels/model/layer_context.h"
#include "methods/entry.h"
#include "methods/selection/attention_scores.h"
#include "methods/selection/select_top.h"

namespace skipbench {

void LazyLlmParameters::check(std::vector<ParameterProblem>& problems) const {
  if (start <= end) return;
  problems.push_back({"end", fmt::format("got {}, expected at least start = {}", end, start)});
}

namespace {

/// LazyLLM, arXiv 2407.14057, its prefill: from layer to layer fewer tokens go on, those that the
/// last one attends to most. Pruned tokens are not revived while decoding.
class LazyLlm : public Method {
 public:
  explicit LazyLlm(const LazyLlmParameters& parameters) : p_(parameters) {}

  void attach(const ModelConfig& config) override {
    const auto layers = static_cast<double>(config.layers);
    first_ = static_cast<int64_t>(std::floor(p_.start * layers));
    last_ = static_cast<int64_t>(std::floor(p_.end * layers));
  }

  AttentionRows attention_rows(LayerContext& layer) override {
    // s_i = (1 / H) sum_h A_h[last, i]
    scores_ = keep(layer) < layer.live() ? attention_scores(layer, 1) : at::Tensor();
    return Method::attention_rows(layer);
  }

  TokenRows keep_after_layer(LayerContext& layer) override {
    return select_top(scores_, keep(layer), layer.live(), ForcedTokens{});
  }

 private:
  // Tokens that the layer leaves: a share of the prompt, linear in the layer's index.
  int64_t keep(const LayerContext& layer) const {
    const int64_t l = layer.layer();
    if (l < first_ || l > last_) return layer.live();
    const double way =
        last_ == first_ ? 1 : static_cast<double>(l - first_) / static_cast<double>(last_ - first_);
    const double share = p_.keep_start + (p_.keep_end - p_.keep_start) * way;
    return static_cast<int64_t>(std::floor(share * static_cast<double>(layer.prompt().length())));
  }

  LazyLlmParameters p_;
  int64_t first_ = 0, last_ = 0;
  at::Tensor scores_;  // [T] of the layer that is about to prune
};

}  // namespace

MethodEntry lazyllm_method() {
  return method_entry<LazyLlmParameters, LazyLlm>(
      {.name = "lazyllm",
       .summary = "LazyLLM's prefill: from layer to layer the tokens that the last one attends to "
                  "least are pruned (no revival while decoding)",
       .paper = "2407.14057",
       .fate = "pruned tokens are gone for later layers; earlier layers keep their K/V",
       .decides = {Decision::kKeepAfterLayer}});
}

}  // namespace skipbench
