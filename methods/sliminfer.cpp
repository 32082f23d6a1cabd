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
#include "kernels/model/cache/kv_cache.h"
#include "kernels/model/layer_context.h"
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
  void check_fits(const ModelConfig& config) const {
    require_layers("prune_layers", prune_layers, config);
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
/// little with those in the caches, blocks are exchanged after its FFN, for the next token.
///
/// With revival, each new token passes the pruning layers as the prompt did: of the blocks that it
/// sees there as many go on as then, and those that were dropped are computed from there on.
class SlimInfer : public RunOf<SlimInfer> {
 public:
  explicit SlimInfer(const RunInputs<SlimInferParameters>& inputs) : p_(inputs.parameters) {}

  static Needs needs(const SlimInferParameters& p, const ModelConfig&) {
    return {.steps = p.kv_manager || p.revive ? Steps::kWhole : Steps::kFree, .revival = p.revive};
  }

  Keeps keeps(LayerContext& layer) override {
    if (!layer.in_step()) return Run::keeps(layer);
    if (p_.kv_manager) exchange(layer);
    return {};
  }

  TokenRows lives(LayerContext& layer, Point point) override {
    if (point != Point::kAfterAttention) return TokenRows::all(layer.live());
    return layer.in_step() ? lives_in_step(layer) : lives_in_prompt(layer);
  }

  void end_prompt(KvCache& cache) override {
    for (const Stage& stage : stages_) {
      if (p_.gather_kv) cache_survivors(stage, cache);
      if (p_.kv_manager) offload(stage, cache);
    }
  }

 private:
  // The layers that hold the K/V of what lived in a pruning layer, and their blocks.
  struct Stage {
    int64_t first_layer, last_layer;
    int64_t rows, blocks;  // T, of the pruning layer, and how many of its blocks were kept
    at::Tensor survivors;  // [M] ranks among them
    at::Tensor queries;    // [w, H, d] of the newest tokens that went through it
    // With the KV manager: [Hkv, d, U] fp32, and the blocks in the cache, ascending.
    at::Tensor unit_keys;
    std::vector<int64_t> active;
  };

  Stage* stage_of(const LayerContext& layer) {
    for (Stage& stage : stages_) {
      if (stage.last_layer == layer.layer()) return &stage;
    }
    return nullptr;
  }

  TokenRows lives_in_prompt(LayerContext& layer) {
    const int64_t live = layer.live(), keep = blocks_to_keep(layer);
    if (keep == blocks(layer)) return TokenRows::all(live);
    const int64_t window = std::min(p_.scores.window, live);
    const SeenAttention& seen = layer.seen();
    const at::Tensor queries = seen.queries().narrow(0, live - window, window);
    at::Tensor units;   // [Hkv, d, U]
    at::Tensor scores;  // [B]
    if (p_.kv_manager) {
      units = unit_keys(seen.keys(), p_.scores.unit);
      scores = block_scores_of_units(queries, units, p_.scores, layer.meter());
    } else {
      scores = block_scores(queries, seen.keys(), live, p_.scores, layer.meter());
    }
    const at::Tensor kept = top_blocks(scores, keep);  // [keep]
    const at::Tensor rows = rows_of(kept, live);
    if (p_.kv_manager || p_.gather_kv || p_.revive) {
      stages_.push_back({.first_layer = stages_.empty() ? 0 : stages_.back().last_layer + 1,
                         .last_layer = layer.layer(),
                         .rows = live,
                         .blocks = keep,
                         .survivors = rows,
                         .queries = queries.clone(),
                         .unit_keys = units,
                         .active = p_.kv_manager ? host_list(kept) : std::vector<int64_t>{}});
    }
    return TokenRows::of(rows, live);
  }

  void exchange(LayerContext& layer) {
    Stage* const stage = stage_of(layer);
    if (stage == nullptr) return;
    const at::Tensor scores =
        block_scores_of_units(layer.last_queries(1), stage->unit_keys, p_.scores, layer.meter());
    const std::vector<int64_t> chosen = host_list(top_blocks(scores, stage->blocks));
    if (overlap_of(chosen, stage->active) >= p_.overlap) return;
    stage->active = chosen;
    for (int64_t each = stage->first_layer; each <= stage->last_layer; ++each) {
      layer.cache().recall(each, chosen);
    }
  }

  // As many blocks of the prompt as the prefill kept, and what was generated since.
  TokenRows lives_in_step(LayerContext& layer) {
    Stage* const stage = stage_of(layer);
    const int64_t seen = layer.live();
    if (stage == nullptr || !p_.revive) return TokenRows::all(seen);
    const at::Tensor queries = at::cat({stage->queries, layer.last_queries(1)});  // [w + 1, H, d]
    const int64_t window = std::min(queries.size(0), p_.scores.window);
    stage->queries = queries.narrow(0, queries.size(0) - window, window);
    const at::Tensor scores =
        block_scores(stage->queries, layer.keys(), stage->rows, p_.scores, layer.meter());
    const at::Tensor kept = rows_of(top_blocks(scores, stage->blocks), stage->rows);
    return TokenRows::of(at::cat({kept, at::arange(stage->rows, seen, kept.options())}), seen);
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
    const int64_t tokens = p_.keep[found - p_.prune_layers.begin()].resolve(layer.tokens());
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
      cache.offload(layer, p_.scores.block, stage.active);
    }
  }

  const SlimInferParameters& p_;
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
       .decides = {Decision::kKeepBeforeFfn},
       .small = R"({"prune_layers": [2, 5], "keep": [0.6, 0.3], "block": 4, "unit": 2})"});
}

}  // namespace skipbench
