#include "methods/pyramidinfer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kernels/base/budget.h"
#include "kernels/model/layer_context.h"
#include "methods/entry.h"
#include "methods/selection/attention_scores.h"
#include "methods/selection/select_top.h"

namespace skipbench {
namespace {

int64_t share_of(double share, int64_t count) {
  return static_cast<int64_t>(std::floor(share * static_cast<double>(count)));
}

/// PyramidInfer, arXiv 2405.12532, in prefill: after every layer the context, which is all but the
/// recent tokens, shrinks to what the recent tokens attend to. T: living tokens, C context and R
/// recent ones.
class PyramidInfer : public Method {
 public:
  explicit PyramidInfer(const PyramidInferParameters& parameters) : p_(parameters) {}

  std::optional<Attended> attend(LayerContext& layer, const AttentionRows&,
                                 const AttentionInputs& inputs) override {
    const int64_t live = layer.live(), context = live - recent(layer), count = context_kept(layer);
    kept_ = TokenRows::all(live);
    if (count == context) return std::nullopt;
    const auto options = at::TensorOptions(layer.device()).dtype(at::kFloat);
    const at::Tensor weights = at::linspace(1, 1.2, 1 + recent(layer), options);  // [1 + R]
    const at::Tensor scores = weighted_attention_scores(layer, inputs, weights);  // [T]
    const ForcedTokens forced{.protect_first = p_.sinks, .protect_last = 0};
    const TokenRows chosen = select_top(scores.narrow(0, 0, context), count, context, forced);
    const at::Tensor recent_rows = at::arange(context, live, options.dtype(at::kLong));  // [R]
    kept_ = TokenRows::of(at::cat({chosen.indices(layer.device()), recent_rows}), live);
    return std::nullopt;
  }

  CachedRows cached_rows(LayerContext& layer, const AttentionRows& rows) override {
    if (!p_.gather_kv) return Method::cached_rows(layer, rows);
    return {.shared = kept_, .per_head = {}};
  }

  TokenRows keep_after_layer(LayerContext&) override { return kept_; }

 private:
  // R: a share of the prompt and thus the same tokens in every layer; at least the last one.
  int64_t recent(const LayerContext& layer) const {
    return select_count(share_of(p_.recent, layer.prompt().length()), layer.live());
  }

  int64_t context_kept(const LayerContext& layer) const {
    const int64_t context = layer.live() - recent(layer), layers = layer.config().layers;
    // What follows the last layer is its cache alone.
    if (layer.layer() + 1 == layers && !p_.gather_kv) return context;
    const double depth = static_cast<double>(layer.layer()) / static_cast<double>(layers);
    const double share = (1 - p_.decay) * (std::cos(std::numbers::pi * depth) + 1) / 2 + p_.decay;
    const int64_t whole = p_.compound ? context : layer.prompt().length() - recent(layer);
    return std::min(std::max({share_of(share, whole), p_.min_context, p_.sinks, int64_t{1}}),
                    context);
  }

  PyramidInferParameters p_;
  TokenRows kept_ = TokenRows::none(0);  // what survives the layer
};

}  // namespace

MethodEntry pyramidinfer_method() {
  return method_entry<PyramidInferParameters, PyramidInfer>(
      {.name = "pyramidinfer",
       .summary = "PyramidInfer: after every layer the context shrinks to the tokens that the "
                  "recent ones attend to",
       .paper = "2405.12532",
       .fate = "dropped tokens are gone for later layers; earlier layers keep their K/V",
       .decides = {Decision::kCachedRows, Decision::kKeepAfterLayer}});
}

}  // namespace skipbench
