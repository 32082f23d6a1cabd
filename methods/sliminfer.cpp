#include "methods/sliminfer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "kernels/base/budget.h"
#include "kernels/model/layer_context.h"
#include "kernels/ops/top_k.h"
#include "methods/entry.h"
#include "methods/selection/parameter_checks.h"

namespace skipbench {

void SlimInferParameters::check(std::vector<ParameterProblem>& problems) const {
  if (keep.size() != prune_layers.size()) {
    problems.push_back({"keep", fmt::format("got {} for {} prune_layers, expected one a layer",
                                            keep.size(), prune_layers.size())});
  }
  check_ascending("prune_layers", prune_layers, problems);
  if (block % unit != 0) {
    problems.push_back(
        {"unit", fmt::format("got {}, expected a divisor of block = {}", unit, block)});
  }
}

void SlimInferParameters::select_everything() {
  std::fill(keep.begin(), keep.end(), Budget::share(1.0));
}

namespace {

int64_t ceil_div(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

// Mean key of each unit of `unit` living tokens, the last one over the keys it has: [U, Hkv, d].
at::Tensor unit_keys(const at::Tensor& keys, int64_t unit) {
  const int64_t live = keys.size(0), whole = live / unit, rest = live % unit;
  const at::Tensor wide = keys.to(at::kFloat);  // [T, Hkv, d]
  const at::Tensor means =
      wide.narrow(0, 0, whole * unit).unflatten(0, at::IntArrayRef{whole, unit}).mean(1);
  if (rest == 0) return means;
  return at::cat({means, wide.narrow(0, live - rest, rest).mean(0, /*keepdim=*/true)});
}

/// SlimInfer, arXiv 2508.06447: at a few layers, between attention and FFN, whole blocks of prompt
/// tokens are dropped for good. T: living tokens; B: blocks of them, formed anew at each pruning.
class SlimInfer : public Method {
 public:
  explicit SlimInfer(SlimInferParameters parameters) : p_(std::move(parameters)) {}

  void attach(const ModelConfig& config) override {
    require_layers("prune_layers", p_.prune_layers, config);
  }

  AttentionRows attention_rows(LayerContext& layer) override {
    if (blocks_to_keep(layer) < blocks(layer)) block_scores_ = score_blocks(layer);
    return Method::attention_rows(layer);
  }

  TokenRows keep_before_ffn(LayerContext& layer) override {
    const int64_t live = layer.live(), keep = blocks_to_keep(layer), last = blocks(layer) - 1;
    if (keep == blocks(layer)) return TokenRows::all(live);
    for (const int64_t forced : {int64_t{0}, last}) {
      block_scores_[forced].fill_(std::numeric_limits<float>::infinity());
    }
    const at::Tensor kept = ops::top_k_rows(block_scores_, keep);  // [keep]
    const at::Tensor offsets = at::arange(p_.block, kept.options());
    const at::Tensor rows = (kept.unsqueeze(1) * p_.block + offsets).flatten();
    // The last block ends the list and may be partial.
    return TokenRows::of(rows.narrow(0, 0, (keep - 1) * p_.block + live - last * p_.block), live);
  }

 private:
  int64_t blocks(const LayerContext& layer) const { return ceil_div(layer.live(), p_.block); }

  // All blocks in layers that do not prune; else at least the two forced ones.
  int64_t blocks_to_keep(const LayerContext& layer) const {
    const auto found =
        std::lower_bound(p_.prune_layers.begin(), p_.prune_layers.end(), layer.layer());
    if (found == p_.prune_layers.end() || *found != layer.layer()) return blocks(layer);
    const int64_t tokens =
        p_.keep[found - p_.prune_layers.begin()].resolve(layer.prompt().length());
    if (tokens >= layer.live()) return blocks(layer);
    return std::min(std::max<int64_t>(tokens / p_.block, 2), blocks(layer));
  }

  // r(B_j) = max over its units m of (1 / H) sum_h |q_h . k_h(j, m)|: [B] fp32. q: mean query of
  // the last living tokens; k: mean key of the unit; both rotated.
  at::Tensor score_blocks(LayerContext& layer) const {
    const ModelConfig& c = layer.config();
    const int64_t live = layer.live(), window = std::min(p_.window, live);
    const auto options = at::TensorOptions(layer.device()).dtype(at::kLong);
    const TokenRows last = TokenRows::of(at::arange(live - window, live, options), live);
    const at::Tensor query =
        layer.queries(last).to(at::kFloat).mean(0).view({c.kv_heads, -1, c.head_size});
    const at::Tensor keys = unit_keys(layer.keys(), p_.unit).permute({1, 2, 0});  // [Hkv, d, U]
    const int64_t units = keys.size(2), units_per_block = p_.block / p_.unit;
    layer.meter().scores(WorkKind::kProbe, units, c.query_heads, c.head_size);
    const at::Tensor scores = query.matmul(keys).abs_().sum(at::IntArrayRef{0, 1}) /
                              static_cast<double>(c.query_heads);  // [U]
    at::Tensor padded = at::zeros({blocks(layer) * units_per_block}, scores.options());
    padded.narrow(0, 0, units).copy_(scores);
    return padded.view({-1, units_per_block}).amax(1);
  }

  SlimInferParameters p_;
  at::Tensor block_scores_;  // [B] of the layer that is about to prune
};

}  // namespace

MethodEntry sliminfer_method() {
  return method_entry<SlimInferParameters, SlimInfer>(
      {.name = "sliminfer",
       .summary =
           "SlimInfer's pruning: at a few layers, blocks of prompt tokens with low scores are "
           "dropped between attention and FFN",
       .paper = "2508.06447",
       .fate = "dropped blocks are gone for later layers; earlier layers keep their K/V",
       .decides = {Decision::kKeepBeforeFfn}});
}

}  // namespace skipbench
