#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "kernels/base/budget.h"
#include "kernels/model/cache/kv_cache.h"
#include "kernels/model/layer_context.h"
#include "methods/interface/entry.h"
#include "methods/selection/scored_cache.h"
#include "methods/selection/window_scores.h"
#include "methods/sparse/no_limit.h"

namespace skipbench {

/// Parameters of H2O's cache (arXiv 2306.14048).
struct H2oParameters {
  Budget keep;
  std::optional<Budget> recent;

  template <class Visitor>
  void visit(Visitor& v) {
    v("keep", keep,
      Field{.help =
                "rows that each KV head's cache holds, the recent ones included, while decoding "
                "too; 1.0: no limit",
            .source = "authors' code (utils_real_drop): 0.2 of the prompt, or 2048; query heads of "
                      "a KV head summed: inferred",
            .required = true});
    v("recent", recent,
      Field{.help = "most recent tokens that are always kept, at most all of keep; none given: as "
                    "many as heavy hitters, half of keep",
            .source = "authors' code"});
  }

  bool drops() const { return keep != Budget::share(1.0); }
  void select_everything() { keep = kNoLimit; }
  /// Where nothing leaves the cache, no token has to be protected.
  void canonicalise(const ModelConfig&) {
    if (!drops()) recent = H2oParameters().recent;
  }
};

namespace {

// So many attention weights exist at once (256 MiB in fp32), of so many queries.
constexpr int64_t kWeightsAtOnce = int64_t{1} << 26;
constexpr int64_t kQueriesAtOnce = 256;

// For each KV head the row with the least attention among the old ones; of equals the latest. All
// [Hkv, M]; result [Hkv].
at::Tensor least_attended(const at::Tensor& sums, const at::Tensor& order, const at::Tensor& old) {
  const at::Tensor mine =
      sums.masked_fill(old.logical_not(), std::numeric_limits<double>::infinity());
  return order.masked_fill(mine.ne(mine.amin(1, /*keepdim=*/true)), -1).argmax(1);
}

// Without the column `rows` [Hkv] of each row of x [Hkv, M + 1], whose place the last one takes.
at::Tensor evicted(const at::Tensor& x, const at::Tensor& rows) {
  const int64_t last = x.size(1) - 1;
  return x.scatter(1, rows.unsqueeze(1), x.narrow(1, last, 1)).narrow(1, 0, last);
}

/// H2O, arXiv 2306.14048: each KV head keeps the heavy hitters, the tokens that received most
/// attention from all others, and the most recent ones. Prefill is full attention, and the probe
/// computes all its weights a second time. While decoding the sums go on: a new token attends, adds
/// its weights, and of a full cache the token with the least attention leaves. So does the authors'
/// code where rows really leave; what they published on lm-eval masks the prompt itself, with heavy
/// hitters that later queries chose. V: tokens that attention sees, by itself the whole prompt.
class H2o : public RunOf<H2o, ScoredCache> {
 public:
  explicit H2o(const RunInputs<H2oParameters>& inputs) : p_(inputs.parameters) {
    const int64_t length = inputs.prompt.length(), half = half_of_keep(length);
    const bool two_shares = !p_.recent && p_.keep.is_share() && p_.drops();
    rows_ = std::max<int64_t>(two_shares ? 2 * half : p_.keep.resolve(length), 1);
    recent_ = std::clamp<int64_t>(p_.recent ? p_.recent->resolve(length) : half, 1, rows_);
  }

  static Needs needs(const H2oParameters& p, const ModelConfig&) {
    return {.steps = p.drops() ? Steps::kWhole : Steps::kFree};
  }

  void end_prompt(KvCache& cache) override {
    ScoredCache::end_prompt(cache);
    sums_.reset();
  }

  Keeps keeps(LayerContext& layer) override {
    if (!p_.drops()) return ScoredCache::keeps(layer);
    return layer.in_step() ? keeps_in_step(layer) : keeps_of_prompt(layer);
  }

 private:
  Keeps keeps_of_prompt(LayerContext& layer) {
    sums_ = attention_sums(layer, layer.seen());
    Keeps keeps = ScoredCache::keeps(layer);
    const at::Tensor sums = keeps.per_head.defined() ? sums_.gather(1, kept_) : sums_;  // [Hkv, M]
    const int64_t length = layer.tokens();
    const at::Tensor order =
        at::arange(length - sums.size(1), length, sums.options().dtype(at::kInt));
    keeps.state = {sums, order.repeat({sums.size(0), 1})};
    return keeps;
  }

  // The new token adds its weights; of a full cache the token with the least attention leaves.
  Keeps keeps_in_step(LayerContext& layer) {
    std::vector<at::Tensor>& state = layer.cache().method_state(layer.layer());
    at::Tensor sums = state.at(kSums), order = state.at(kOrder);
    const at::Tensor queries = layer.last_queries(1), keys = layer.keys();
    const int64_t seen = layer.live(), kv_heads = keys.size(1);
    layer.meter().scores(WorkKind::kProbe, seen, queries.size(1), keys.size(2));
    const at::Tensor newest =
        at::full({1}, seen - 1, order.options().dtype(at::kLong));           // its rank
    const at::Tensor paid = summed_attention(queries, keys, newest).sum(1);  // [Hkv, M + 1]
    sums = at::constant_pad_nd(sums, {0, 1}) + paid;
    order = at::cat({order, at::full({kv_heads, 1}, layer.tokens() - 1, order.options())}, 1);
    if (seen > rows_) {
      const at::Tensor old = order.lt(layer.tokens() - recent_);
      const at::Tensor rows = least_attended(sums, order, old);  // [Hkv]
      layer.cache().evict(layer.layer(), rows);
      sums = evicted(sums, rows);
      order = evicted(order, rows);
    }
    state = {sums, order};
    return {};
  }

  // Heavy hitters and recent tokens are each half of a share, each rounded down.
  int64_t half_of_keep(int64_t length) const {
    if (!p_.keep.is_share()) return p_.keep.token_count() / 2;
    return Budget::share(p_.keep.share_of_prompt() / 2).resolve(length);
  }

  // What the cache knows of each KV head's rows: the attention that they received so far, [Hkv, M]
  // fp32, and a number that ascends with the token's position, [Hkv, M] int32.
  enum State : size_t { kSums, kOrder };

  int64_t recent(int64_t visible) const { return std::min(recent_, visible); }
  int64_t cached_count(const LayerContext&, int64_t visible) const override {
    return std::min(rows_, visible);
  }

  // The attention each token receives from all queries, over the query heads of a KV head:
  // [Hkv, V]. A chunk of queries sees no key after its last one.
  static at::Tensor attention_sums(LayerContext& layer, const SeenAttention& seen) {
    const ModelConfig& c = layer.config();
    const int64_t visible = seen.visible();
    const int64_t chunk =
        std::clamp<int64_t>(kWeightsAtOnce / (c.query_heads * visible), 1, kQueriesAtOnce);
    layer.meter().scores(WorkKind::kProbe, seen.pairs_from(0), c.query_heads, c.head_size);
    const at::Tensor keys = seen.keys().to(at::kFloat);                  // [V, Hkv, d]
    at::Tensor sums = at::zeros({c.kv_heads, visible}, keys.options());  // [Hkv, V]
    for (int64_t begin = 0; begin < seen.asking(); begin += chunk) {
      const int64_t count = std::min(chunk, seen.asking() - begin);
      const int64_t reach = seen.all_ask() ? begin + count : visible;
      sums.narrow(1, 0, reach) +=
          summed_attention(seen.queries().narrow(0, begin, count), keys.narrow(0, 0, reach),
                           seen.ranks(begin, count))
              .sum(1);
    }
    return sums;
  }

  at::Tensor scores(LayerContext&, const SeenAttention& seen) const override {
    return sums_.narrow(1, 0, seen.visible() - recent(seen.visible()));  // [Hkv, V - r]
  }

  const H2oParameters& p_;
  int64_t recent_ = 0, rows_ = 0;
  at::Tensor sums_;  // [Hkv, T] of the layer that is running
};

}  // namespace

MethodEntry h2o_method() {
  return method_entry<H2oParameters, H2o>(
      {.name = "h2o",
       .summary = "H2O: each KV head's cache keeps what received most attention, and the most "
                  "recent tokens, while decoding too",
       .paper = "2306.14048",
       .fate = "prefill is as without it (the authors' lm-eval numbers mask it too and cannot be "
               "compared); dropped tokens leave the cache of their KV head, so that generated "
               "ones do not see them there",
       .decides = {Decision::kCachedRows},
       .small = R"({"keep": 0.5})"});
}

}  // namespace skipbench
