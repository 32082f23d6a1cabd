#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "kernels/base/ceil_div.h"
#include "kernels/model/layer_context.h"
#include "methods/interface/entry.h"
#include "methods/selection/wide_product.h"
#include "methods/sparse/block_patterns.h"
#include "methods/sparse/line_sums.h"
#include "methods/sparse/select_share.h"
#include "methods/sparse/sparse_layers.h"
#include "methods/sparse/sparse_method.h"

namespace skipbench {

/// Parameters of FlexPrefill (arXiv 2502.20766). Blocks have 128 tokens.
struct FlexPrefillParameters {
  SparseLayers sparse;
  double gamma = 0.9;
  double tau = 0.1;
  int64_t min_budget = 512;
  int64_t window = 128;
  std::string count = "authors";

  template <class Visitor>
  void visit(Visitor& v) {
    v("gamma", gamma,
      Field{.help = "sets how many blocks a head sees (see count); 1: all keys are seen",
            .source = "authors' code: 0.9 in its example; 0.95 for LLaMA-3.1-8B and GLM-4-9B",
            .low = 0,
            .high = 1});
    v("tau", tau,
      Field{.help = "heads whose estimate is nearer to the true distribution of the last block "
                    "than this Jensen-Shannon distance choose single blocks, others columns and "
                    "diagonals",
            .source = "authors' code",
            .low = 0,
            .high = 1});
    v("min_budget", min_budget,
      Field{.help = "so many keys' worth of columns, and of diagonals, are always seen, in whole "
                    "blocks of 128; a prompt that is no longer stays dense",
            .source = "authors' code: 512 in its example, 1024 in its experiments",
            .low = 1});
    v("window", window,
      Field{.help = "last queries, which stand for all",
            .source = "authors' code: one block of 128",
            .low = 1});
    v("count", count,
      Field{.help = "columns and diagonals: 'authors' counts the keys (or distances) that reach "
                    "gamma of the attention, highest first, and takes one block for each 128 of "
                    "them, whichever hold most; 'mass' takes blocks until they hold gamma",
            .source = "authors' code; mass: inferred from the paper, far denser",
            .choices = {"authors", "mass"}});
    sparse.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const { sparse.check(problems); }
  void check_fits(const ModelConfig& config) const { sparse.require_fits(config); }
  void select_everything() { gamma = 1.0; }
};

namespace {

// Square root of the Jensen-Shannon divergence of distributions over the last dimension.
at::Tensor js_distance(const at::Tensor& p, const at::Tensor& q) {
  const at::Tensor middle = (p + q) / 2;
  const auto divergence = [&](const at::Tensor& x) {
    return (at::xlogy(x, x) - at::xlogy(x, middle)).sum(-1);
  };
  return ((divergence(p) + divergence(q)) / 2).clamp_min(0).sqrt();
}

at::Tensor descending_order(const at::Tensor& scores) {
  return at::argsort(scores, /*stable=*/true, /*dim=*/-1, /*descending=*/true);
}

// In each row [H, n] the highest entries for as long as their sum is at most `limit`, as a mask.
at::Tensor highest_within(const at::Tensor& scores, double limit) {
  const at::Tensor order = descending_order(scores);
  const at::Tensor within = scores.gather(-1, order).to(at::kDouble).cumsum(-1).le(limit);
  return at::zeros_like(within).scatter_(-1, order, within);
}

// In each row [H, S] the first entry, then the highest ones, `count` [H, 1] in all, as a mask.
at::Tensor first_and_highest(const at::Tensor& scores, const at::Tensor& count) {
  at::Tensor ranked = scores.clone();
  ranked.select(1, 0).fill_(std::numeric_limits<double>::infinity());
  const at::Tensor taken = (at::arange(scores.size(1), count.options()) < count).contiguous();
  return at::zeros_like(taken).scatter_(1, descending_order(ranked), taken);
}

// The sums over bands of 128 distances, cut from the longest one down: band 0 may be smaller.
// slash: [H, T]; result [H, S].
at::Tensor band_sums(const at::Tensor& slash) {
  const int64_t tokens = slash.size(1);
  return block_sums(
      at::constant_pad_nd(slash, {ceil_div(tokens, kSquareBlock) * kSquareBlock - tokens, 0}));
}

// Columns of blocks and diagonals of blocks, band k joining block i of queries with block i - k of
// keys: both [H, S] bool; result [H, S, S].
at::Tensor columns_and_diagonals(const at::Tensor& columns, const at::Tensor& bands) {
  const int64_t blocks = columns.size(1);
  const at::Tensor block = at::arange(blocks, columns.options().dtype(at::kLong));
  const at::Tensor band = (block.unsqueeze(1) - block).clamp_min(0).flatten();  // [S * S]
  return bands.index_select(1, band).view({-1, blocks, blocks}).logical_or_(columns.unsqueeze(1));
}

/// FlexPrefill, arXiv 2502.20766: each head chooses its kind of pattern by how well pooled queries
/// and keys foretell its attention, and its size by how many keys and distances its last queries
/// pay gamma of their attention to. S: square blocks of T living tokens.
class FlexPrefill : public RunOf<FlexPrefill, SparseMethod> {
 public:
  explicit FlexPrefill(const RunInputs<FlexPrefillParameters>& inputs)
      : RunOf(inputs.parameters.sparse, inputs.options), p_(inputs.parameters) {}

 protected:
  bool sees_all(int64_t live) const override {
    return p_.gamma >= 1 || live <= std::max<int64_t>(2, least_blocks()) * kSquareBlock;
  }

  ops::SparsePattern pattern(LayerContext& layer, const SeenAttention& seen) override {
    const int64_t live = layer.live(), last = std::min(p_.window, live);
    LineSums paid = line_sums(layer, seen, p_.window);
    paid.vertical.div_(static_cast<double>(last));  // the mean of the last queries: sums to 1
    paid.slash.div_(static_cast<double>(last));
    const at::Tensor columns = block_sums(paid.vertical), bands = band_sums(paid.slash);  // [H, S]

    const at::Tensor keys = block_means(seen.keys());  // [Hkv, S, d]
    const at::Tensor representative =
        seen.queries().narrow(0, live - last, last).to(at::kFloat).mean(0).unsqueeze(1);
    const at::Tensor estimate = scores(layer, representative, keys).softmax(-1).squeeze(1);
    const at::Tensor foretold = js_distance(estimate, columns) < p_.tau;  // [H]

    const at::Tensor least =
        at::full({columns.size(0), 1}, least_blocks(), columns.options().dtype(at::kLong));
    const at::Tensor query_aware =
        highest_blocks(layer, seen, keys)
            .logical_or_(columns_and_diagonals(first_and_highest(columns, least),
                                               first_and_highest(bands, least)));
    const at::Tensor vertical_slash =
        columns_and_diagonals(enough(columns, paid.vertical), enough(bands, paid.slash));
    const at::Tensor squares =
        at::where(foretold.view({-1, 1, 1}), query_aware, vertical_slash);  // [H, S, S]
    return {.blocks = pattern_blocks(squares, live), .columns = {}};
  }

 private:
  // Pooled queries [H, n, d] with pooled keys [Hkv, S, d]: [H, n, S].
  static at::Tensor scores(LayerContext& layer, const at::Tensor& queries, const at::Tensor& keys) {
    const int64_t heads = queries.size(0), count = queries.size(1), size = queries.size(2);
    layer.meter().scores(WorkKind::kProbe, count * keys.size(1), heads, size);
    return wide_product(queries.reshape({keys.size(0), -1, size}), keys)
        .view({heads, count, keys.size(1)})
        .div_(std::sqrt(static_cast<double>(size)));
  }

  int64_t least_blocks() const { return ceil_div(p_.min_budget, kSquareBlock); }
  // A gamma of 1 reaches everything, whatever the sums round to.
  double reach() const {
    return p_.gamma >= 1 ? std::numeric_limits<double>::infinity() : p_.gamma;
  }

  // The highest blocks of the pooled attention map, all rows together, for as long as they hold at
  // most gamma of it: [H, S, S].
  at::Tensor highest_blocks(LayerContext& layer, const SeenAttention& seen,
                            const at::Tensor& keys) const {
    const at::Tensor map = scores(layer, block_means(seen.queries()), keys);  // [H, S, S]
    const int64_t blocks = map.size(1);
    const at::Tensor later = at::ones({blocks, blocks}, map.options().dtype(at::kBool)).triu_(1);
    const at::Tensor weights =
        map.masked_fill(later, -std::numeric_limits<double>::infinity()).softmax(-1).flatten(1);
    return highest_within(weights, reach() * static_cast<double>(blocks)).view_as(map);
  }

  // Which blocks [H, S], whose sums these are, a head of columns and diagonals sees: as many as its
  // highest lines (keys or distances, [H, T]) within gamma, and one more, would fill in whole
  // blocks, and one more. So gamma is not the share that they hold: those lines lie scattered.
  at::Tensor enough(const at::Tensor& sums, const at::Tensor& lines) const {
    if (p_.count == "mass") {
      const at::Tensor first =
          at::arange(sums.size(1), sums.options().dtype(at::kLong)).eq(0);  // [S]
      return select_share(sums, p_.gamma, first, least_blocks());
    }
    const at::Tensor reached = highest_within(lines, reach()).sum(1, /*keepdim=*/true) + 1;
    const at::Tensor count = reached.floor_divide(kSquareBlock) + 1;  // [H, 1]
    return first_and_highest(sums, count.clamp_min(least_blocks()));
  }

  const FlexPrefillParameters& p_;
};

}  // namespace

MethodEntry flexprefill_method() {
  return method_entry<FlexPrefillParameters, FlexPrefill>(
      {.name = "flexprefill",
       .summary = "FlexPrefill: heads whose pooled attention map is a good estimate see its "
                  "highest blocks, others the columns and diagonals of blocks that the last "
                  "queries attend to most",
       .paper = "2502.20766",
       .fate = kSparseFate,
       .decides = {Decision::kAttention},
       .small = R"({"gamma": 0.6, "tau": 0.5, "min_budget": 1, "window": 8})"});
}

}  // namespace skipbench
