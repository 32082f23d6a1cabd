#include <ATen/ATen.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/base/budget.h"
#include "kernels/base/ceil_div.h"
#include "kernels/base/error.h"
#include "kernels/model/cache/index_list.h"
#include "kernels/model/decode/step_context.h"
#include "kernels/model/prefill/layer_context.h"
#include "kernels/ops/rows/top_k.h"
#include "methods/interface/entry.h"
#include "methods/selection/parameter_checks.h"
#include "methods/sparse/block_score_parameters.h"
#include "methods/sparse/block_scores.h"

namespace skipbench {

/// Parameters of SlimInfer (arXiv 2508.06447).
struct SlimInferParameters {
  std::vector<int64_t> prune_layers;
  std::vector<Budget> keep;
  BlockScoreParameters scores;
  bool gather_kv = false;
  bool revive = false;
  bool kv_manager = false;
  double overlap = 0.9;

  template <class Visitor>
  void visit(Visitor& v) {
    v("prune_layers", prune_layers,
      Field{.help = "layers after whose attention tokens are dropped, ascending",
            .source =
                "2508.06447, a note on the paper: the first layers with fewer keys; that those "
                "before them prune: inferred",
            .low = 0,
            .required = true});
    v("keep", keep,
      Field{.help =
                "tokens kept at each of prune_layers, rounded down to whole blocks, the first and "
                "the last block among them",
            .source = "2508.06447, a note on the paper; the last block: inferred",
            .required = true});
    scores.visit(v);
    v("gather_kv", gather_kv,
      Field{.help = "a pruning layer caches only the tokens that survive it; false: those that "
                    "entered it",
            .source =
                "inferred: with prune_layers one higher, true fits the published KV memory as "
                "false does"});
    v("revive", revive,
      Field{.help =
                "decode steps choose blocks anew, by the queries of the window's newest tokens; "
                "pruned tokens come back where they are chosen",
            .source = "inferred: the paper calls pruned blocks recoverable"});
    v("kv_manager", kv_manager,
      Field{.help = "the keys and values of dropped blocks go to host memory, and each new token's "
                    "query decides which blocks are in the cache; generated tokens always are",
            .source =
                "2508.06447, a note on the paper: asynchronous KV cache manager; off here, and "
                "from which layers blocks leave: inferred"});
    v("overlap", overlap,
      Field{.help = "blocks are exchanged where the chosen ones share less than this with those in "
                    "the cache",
            .source = "2508.06447, a note on the paper: gamma",
            .low = 0,
            .high = 1});
  }

  void check(std::vector<ParameterProblem>& problems) const {
    if (keep.size() != prune_layers.size()) {
      problems.push_back({"keep", fmt::format("got {} for {} prune_layers, expected one a layer",
                                              keep.size(), prune_layers.size())});
    }
    check_ascending("prune_layers", prune_layers, problems);
    scores.check(problems);
    // Each of the three moves the rows of a pruning layer's cache in a way of its own.
    if (gather_kv + revive + kv_manager > 1) {
      problems.push_back({kv_manager ? "kv_manager" : "revive",
                          "expected at most one of gather_kv, revive and kv_manager"});
    }
    if (kv_manager && scores.score == "softmax") {
      problems.push_back({"score", "softmax needs every key, and kv_manager has the units' means"});
    }
  }
  void select_everything() { std::fill(keep.begin(), keep.end(), Budget::share(1.0)); }
  /// Without the KV manager no block is exchanged.
  void canonicalise(const ModelConfig&) {
    if (!kv_manager) overlap = SlimInferParameters().overlap;
  }
};

namespace {

// Share of `active` that is in `chosen` too; both ascending, equally long.
double overlap_of(const std::vector<int64_t>& chosen, const std::vector<int64_t>& active) {
  std::vector<int64_t> both;
  std::set_intersection(chosen.begin(), chosen.end(), active.begin(), active.end(),
                        std::back_inserter(both));
  return static_cast<double>(both.size()) / static_cast<double>(active.size());
}

/// SlimInfer, arXiv 2508.06447: at a few layers, between attention and FFN, whole blocks of prompt
/// tokens are dropped. T: living tokens; B: blocks of them, formed anew at each pruning; U: units.
///
/// With the KV manager, the layers up to a pruning layer (from behind the one before) have in their
/// caches only the blocks that it kept; what it dropped lies in host memory. While decoding, the
/// new token's query at the pruning layer chooses as many blocks anew; where they overlap too
/// little with those in the caches, blocks are exchanged behind its FFN, for the next token.
///
/// With revival, each new token passes the pruning layers as the prompt did: of the blocks that it
/// sees there as many go on as then, and those that were dropped are computed from there on.
class SlimInfer : public Method {
 public:
  explicit SlimInfer(SlimInferParameters parameters) : p_(std::move(parameters)) {}

  void attach(const ModelConfig& config) override {
    require_layers("prune_layers", p_.prune_layers, config);
  }

  void begin_prompt(const Prompt&) override { stages_.clear(); }

  std::optional<Attended> attend(LayerContext& layer, const AttentionRows&,
                                 const AttentionInputs& inputs) override {
    if (blocks_to_keep(layer) == blocks(layer)) return std::nullopt;
    const int64_t live = layer.live(), window = std::min(p_.scores.window, live);
    queries_ = inputs.queries.narrow(0, live - window, window);
    if (p_.kv_manager) {
      unit_keys_ = unit_keys(inputs.keys, p_.scores.unit);
      scores_ = block_scores_of_units(queries_, unit_keys_, p_.scores, layer.meter());
    } else {
      scores_ = block_scores(queries_, inputs.keys, live, p_.scores, layer.meter());
    }
    return std::nullopt;
  }

  TokenRows keep_before_ffn(LayerContext& layer) override {
    const int64_t live = layer.live(), keep = blocks_to_keep(layer);
    if (keep == blocks(layer)) return TokenRows::all(live);
    const at::Tensor kept = top_blocks(scores_, keep);  // [keep]
    const at::Tensor rows = rows_of(kept, live);
    if (p_.kv_manager || p_.gather_kv || p_.revive) {
      stages_.push_back({.first_layer = stages_.empty() ? 0 : stages_.back().last_layer + 1,
                         .last_layer = layer.layer(),
                         .rows = live,
                         .blocks = keep,
                         .survivors = rows,
                         .queries = queries_.clone(),
                         .unit_keys = unit_keys_,
                         .kept = p_.kv_manager ? host_list(kept) : std::vector<int64_t>{}});
    }
    return TokenRows::of(rows, live);
  }

  void end_prompt(KvCache& cache) override {
    for (const Stage& stage : stages_) {
      if (p_.gather_kv) cache_survivors(stage, cache);
      if (p_.kv_manager) offload(stage, cache);
    }
  }

  void begin_decode(int64_t) override {
    for (Stage& stage : stages_) {
      stage.active = stage.kept;
      stage.newest_queries = stage.queries;
    }
  }

  bool revives() const override { return p_.revive; }
  bool plans_decode() const override { return p_.kv_manager || p_.revive; }

  void attended_in_step(StepContext& step) override {
    Stage* const stage = stage_of(step);
    if (stage == nullptr || !p_.kv_manager) return;
    const at::Tensor scores =
        block_scores_of_units(step.queries, stage->unit_keys, p_.scores, step.meter);
    const std::vector<int64_t> chosen = host_list(top_blocks(scores, stage->blocks));
    if (overlap_of(chosen, stage->active) >= p_.overlap) return;
    stage->active = chosen;
    for (int64_t layer = stage->first_layer; layer <= stage->last_layer; ++layer) {
      step.cache.recall(layer, chosen);
    }
  }

  // As many blocks of the prompt as the prefill kept, and what was generated since.
  TokenRows keep_in_step(StepContext& step) override {
    Stage* const stage = stage_of(step);
    const int64_t seen = step.seen();
    if (stage == nullptr || !p_.revive) return TokenRows::all(seen);
    at::Tensor& queries = stage->newest_queries;  // [w, H, d]
    queries = at::cat({queries, step.queries});
    const int64_t window = std::min(queries.size(0), p_.scores.window);
    queries = queries.narrow(0, queries.size(0) - window, window);
    const at::Tensor scores = block_scores(queries, step.keys, stage->rows, p_.scores, step.meter);
    const at::Tensor kept = rows_of(top_blocks(scores, stage->blocks), stage->rows);
    return TokenRows::of(at::cat({kept, at::arange(stage->rows, seen, kept.options())}), seen);
  }

 private:
  // The layers that hold the K/V of what lived in a pruning layer, and their blocks.
  struct Stage {
    int64_t first_layer, last_layer;
    int64_t rows, blocks;  // T, of the pruning layer, and how many of its blocks were kept
    at::Tensor survivors;  // [M] ranks among them
    at::Tensor queries;    // [w, H, d] of the last of them
    // With the KV manager: [Hkv, d, U] fp32, and the blocks after the prompt, ascending.
    at::Tensor unit_keys;
    std::vector<int64_t> kept;
    // While decoding: the blocks in the cache, and the queries of the newest tokens.
    std::vector<int64_t> active = {};
    at::Tensor newest_queries = {};
  };

  Stage* stage_of(const StepContext& step) {
    for (Stage& stage : stages_) {
      if (stage.last_layer == step.layer) return &stage;
    }
    return nullptr;
  }

  // The `count` blocks with the highest scores [B], the first and the last inside: ascending.
  static at::Tensor top_blocks(const at::Tensor& scores, int64_t count) {
    return ops::top_k_rows(scores, count, {.first = 1, .last = 1});
  }

  // The ranks of the blocks' tokens among `live`; the last block ends the list and may be partial.
  at::Tensor rows_of(const at::Tensor& blocks, int64_t live) const {
    const int64_t missing = ceil_div(live, p_.scores.block) * p_.scores.block - live;
    const at::Tensor offsets = at::arange(p_.scores.block, blocks.options());
    const at::Tensor rows = (blocks.unsqueeze(1) * p_.scores.block + offsets).flatten();
    return rows.narrow(0, 0, rows.size(0) - missing);
  }

  int64_t blocks(const LayerContext& layer) const {
    return ceil_div(layer.live(), p_.scores.block);
  }

  // All blocks in layers that do not prune; else at least the two forced ones.
  int64_t blocks_to_keep(const LayerContext& layer) const {
    const auto found =
        std::lower_bound(p_.prune_layers.begin(), p_.prune_layers.end(), layer.layer());
    if (found == p_.prune_layers.end() || *found != layer.layer()) return blocks(layer);
    const int64_t tokens =
        p_.keep[found - p_.prune_layers.begin()].resolve(layer.prompt().length());
    if (tokens >= layer.live()) return blocks(layer);
    return std::min(std::max<int64_t>(tokens / p_.scores.block, 2), blocks(layer));
  }

  static void require_all_rows(const Stage& stage, const KvCache& cache, int64_t layer,
                               std::string_view parameter) {
    if (cache.layer(layer).length == stage.rows) return;
    throw InputError(fmt::format(
        "{}: another method keeps fewer rows in the cache of layer {}; use one of the two",
        parameter, layer));
  }

  void cache_survivors(const Stage& stage, KvCache& cache) const {
    require_all_rows(stage, cache, stage.last_layer, "gather_kv");
    const LayerCache& all = cache.layer(stage.last_layer);
    cache.store(stage.last_layer, all.keys.index_select(1, stage.survivors),
                all.values.index_select(1, stage.survivors),
                all.positions.index_select(0, stage.survivors), /*reserve=*/0);
  }

  void offload(const Stage& stage, KvCache& cache) const {
    cache.hold(stage.unit_keys);
    for (int64_t layer = stage.first_layer; layer <= stage.last_layer; ++layer) {
      require_all_rows(stage, cache, layer, "kv_manager");
      cache.offload(layer, p_.scores.block, stage.kept);
    }
  }

  SlimInferParameters p_;
  // Of the layer that is about to prune: [B], [w, H, d], and with the KV manager [Hkv, d, U].
  at::Tensor scores_, queries_, unit_keys_;
  std::vector<Stage> stages_;  // one a layer that pruned, where decoding needs them
};

}  // namespace

MethodEntry sliminfer_method() {
  return method_entry<SlimInferParameters, SlimInfer>(
      {.name = "sliminfer",
       .summary = "SlimInfer: at a few layers, blocks of prompt tokens with low scores are dropped "
                  "between attention and FFN",
       .paper = "2508.06447",
       .fate = "dropped blocks are gone for later layers; earlier layers keep their K/V, with "
               "kv_manager in host memory until a new token chooses them; with revive they are "
               "computed there on where a new token chooses them",
       .decides = {Decision::kKeepBeforeFfn}});
}

}  // namespace skipbench
