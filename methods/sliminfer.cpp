#include "methods/sliminfer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>
#include <utility>

#include "kernels/base/budget.h"
#include "kernels/base/ceil_div.h"
#include "kernels/base/error.h"
#include "kernels/model/index_list.h"
#include "kernels/model/layer_context.h"
#include "kernels/model/step_context.h"
#include "kernels/ops/rows.h"
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

// Share of `active` that is in `chosen` too; both ascending, equally long.
double overlap_of(const std::vector<int64_t>& chosen, const std::vector<int64_t>& active) {
  std::vector<int64_t> both;
  std::set_intersection(chosen.begin(), chosen.end(), active.begin(), active.end(),
                        std::back_inserter(both));
  return static_cast<double>(both.size()) / static_cast<double>(active.size());
}

/// SlimInfer, arXiv 2508.06447: at a few layers, between attention and FFN, whole blocks of prompt
/// tokens are dropped for good. T: living tokens; B: blocks of them, formed anew at each pruning.
///
/// With the KV manager, the layers up to a pruning layer (from behind the one before) have in their
/// caches only the blocks that it kept; what it dropped lies in host memory. While decoding, the
/// new token's query at the pruning layer chooses as many blocks anew; where they overlap too
/// little with those in the caches, blocks are exchanged behind its FFN, for the next token.
class SlimInfer : public Method {
 public:
  explicit SlimInfer(SlimInferParameters parameters) : p_(std::move(parameters)) {}

  void attach(const ModelConfig& config) override {
    require_layers("prune_layers", p_.prune_layers, config);
  }

  AttentionRows attention_rows(LayerContext& layer) override {
    if (layer.layer() == 0) stages_.clear();
    if (blocks_to_keep(layer) < blocks(layer)) block_scores_ = score_blocks(layer);
    return Method::attention_rows(layer);
  }

  TokenRows keep_before_ffn(LayerContext& layer) override {
    const int64_t live = layer.live(), keep = blocks_to_keep(layer), last = blocks(layer) - 1;
    if (keep == blocks(layer)) return TokenRows::all(live);
    const at::Tensor kept = top_blocks(block_scores_, keep);  // [keep]
    if (p_.kv_manager) {
      stages_.push_back({.first_layer = stages_.empty() ? 0 : stages_.back().last_layer + 1,
                         .last_layer = layer.layer(),
                         .rows = live,
                         .unit_keys = unit_keys_,
                         .kept = host_list(kept),
                         .active = {}});
    }
    const at::Tensor offsets = at::arange(p_.block, kept.options());
    const at::Tensor rows = (kept.unsqueeze(1) * p_.block + offsets).flatten();
    // The last block ends the list and may be partial.
    return TokenRows::of(rows.narrow(0, 0, (keep - 1) * p_.block + live - last * p_.block), live);
  }

  void end_prompt(KvCache& cache) override {
    for (const Stage& stage : stages_) {
      cache.hold(stage.unit_keys);
      for (int64_t layer = stage.first_layer; layer <= stage.last_layer; ++layer) {
        if (cache.layer(layer).length != stage.rows) {
          throw InputError("kv_manager: another method keeps fewer rows in the cache of layer " +
                           std::to_string(layer) + "; use one of the two");
        }
        cache.offload(layer, p_.block, stage.kept);
      }
    }
  }

  void begin_decode(int64_t) override {
    for (Stage& stage : stages_) stage.active = stage.kept;
  }

  bool plans_decode() const override { return p_.kv_manager; }

  void attended_in_step(StepContext& step) override {
    const auto stage = std::find_if(stages_.begin(), stages_.end(), [&](const Stage& candidate) {
      return candidate.last_layer == step.layer;
    });
    if (stage == stages_.end()) return;
    step.meter.scores(WorkKind::kProbe, stage->unit_keys.size(2), step.queries.size(1),
                      step.queries.size(2));
    const std::vector<int64_t> chosen = host_list(
        top_blocks(scores_of_blocks(step.queries, stage->unit_keys), std::ssize(stage->active)));
    if (overlap_of(chosen, stage->active) >= p_.overlap) return;
    stage->active = chosen;
    for (int64_t layer = stage->first_layer; layer <= stage->last_layer; ++layer) {
      step.cache.recall(layer, chosen);
    }
  }

 private:
  // The layers that hold the K/V of what lived in a pruning layer, and their blocks.
  struct Stage {
    int64_t first_layer, last_layer;
    int64_t rows;                       // T, of the pruning layer
    at::Tensor unit_keys;               // [Hkv, d, U] fp32
    std::vector<int64_t> kept, active;  // blocks after the prompt and now, ascending
  };

  // The `count` blocks with the highest scores [B], the first and the last inside: ascending.
  static at::Tensor top_blocks(at::Tensor scores, int64_t count) {
    for (const int64_t forced : {int64_t{0}, scores.size(0) - 1}) {
      scores[forced].fill_(std::numeric_limits<float>::infinity());
    }
    return ops::top_k_rows(scores, count);
  }

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

  // r(B_j) = max over its units m of (1 / H) sum_h |q_h . k_h(j, m)|: [B] fp32. q: mean of queries
  // [w, H, d]; k: mean key of the unit, [Hkv, d, U]; both rotated.
  at::Tensor scores_of_blocks(const at::Tensor& queries, const at::Tensor& keys) const {
    const int64_t units = keys.size(2), units_per_block = p_.block / p_.unit;
    const at::Tensor query =
        queries.to(at::kFloat).mean(0).view({keys.size(0), -1, keys.size(1)});  // [Hkv, group, d]
    const at::Tensor scores = query.matmul(keys).abs_().sum(at::IntArrayRef{0, 1}) /
                              static_cast<double>(queries.size(1));  // [U]
    at::Tensor padded =
        at::zeros({ceil_div(units, units_per_block) * units_per_block}, scores.options());
    padded.narrow(0, 0, units).copy_(scores);
    return padded.view({-1, units_per_block}).amax(1);
  }

  // The blocks of the living tokens, scored by the last of them.
  at::Tensor score_blocks(LayerContext& layer) {
    const ModelConfig& c = layer.config();
    const int64_t live = layer.live(), window = std::min(p_.window, live);
    unit_keys_ = ops::block_mean_keys(layer.keys(), p_.unit).permute({1, 2, 0});  // [Hkv, d, U]
    layer.meter().scores(WorkKind::kProbe, unit_keys_.size(2), c.query_heads, c.head_size);
    return scores_of_blocks(layer.last_queries(window), unit_keys_);
  }

  SlimInferParameters p_;
  at::Tensor block_scores_, unit_keys_;  // [B], [Hkv, d, U] of the layer that is about to prune
  std::vector<Stage> stages_;            // with the KV manager, one a layer that pruned
};

}  // namespace

MethodEntry sliminfer_method() {
  return method_entry<SlimInferParameters, SlimInfer>(
      {.name = "sliminfer",
       .summary = "SlimInfer: at a few layers, blocks of prompt tokens with low scores are dropped "
                  "between attention and FFN",
       .paper = "2508.06447",
       .fate = "dropped blocks are gone for later layers; earlier layers keep their K/V, with "
               "kv_manager in host memory until a new token chooses them",
       .decides = {Decision::kKeepBeforeFfn}});
}

}  // namespace skipbench
