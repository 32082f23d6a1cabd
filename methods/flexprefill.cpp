#include "methods/flexprefill.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/base/ceil_div.h"
#include "kernels/model/layer_context.h"
#include "methods/entry.h"
#include "methods/selection/block_patterns.h"
#include "methods/selection/line_sums.h"
#include "methods/selection/select_share.h"
#include "methods/selection/sparse_method.h"
#include "methods/selection/wide_product.h"

namespace skipbench {

void FlexPrefillParameters::check(std::vector<ParameterProblem>& problems) const {
  sparse.check(problems);
}

namespace {

// Square root of the Jensen-Shannon divergence of distributions over the last dimension.
at::Tensor js_distance(const at::Tensor& p, const at::Tensor& q) {
  const at::Tensor middle = (p + q) / 2;
  const auto divergence = [&](const at::Tensor& x) {
    return (at::xlogy(x, x) - at::xlogy(x, middle)).sum(-1);
  };
  return ((divergence(p) + divergence(q)) / 2).clamp_min(0).sqrt();
}

/// FlexPrefill, arXiv 2502.20766: each head chooses its kind of pattern by how well pooled queries
/// and keys foretell its attention, and its size by the share of attention that it shall hold.
/// S: square blocks of T living tokens, G: query heads a KV head.
class FlexPrefill : public SparseMethod {
 public:
  explicit FlexPrefill(const FlexPrefillParameters& parameters)
      : SparseMethod(parameters.sparse), p_(parameters) {}

 protected:
  bool sees_all(int64_t live) const override { return p_.gamma >= 1 || live <= kSquareBlock; }

  ops::SparsePattern pattern(LayerContext& layer, const AttentionInputs& inputs) override {
    const int64_t live = layer.live();
    const LineSums sums = line_sums(layer, inputs, p_.window);
    const at::Tensor keys = block_means(inputs.keys);  // [Hkv, S, d]

    const int64_t last = std::min(p_.window, live);
    const at::Tensor representative =
        inputs.queries.narrow(0, live - last, last).to(at::kFloat).mean(0).unsqueeze(1);
    const at::Tensor estimate = scores(layer, representative, keys).softmax(-1).squeeze(1);
    const at::Tensor actual = block_sums(sums.vertical) / static_cast<double>(last);  // [H, S]
    const at::Tensor foretold = js_distance(estimate, actual) < p_.tau;               // [H]

    const at::Tensor squares = at::where(foretold.view({-1, 1, 1}),
                                         query_aware(layer, inputs, keys), vertical_slash(sums));
    return {.blocks = squares, .columns = {}};
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

  // The blocks of the pooled attention map that hold gamma of it, all rows together: [H, Q, K].
  at::Tensor query_aware(LayerContext& layer, const AttentionInputs& inputs,
                         const at::Tensor& keys) const {
    at::Tensor map = scores(layer, block_means(inputs.queries), keys);  // [H, S, S]
    const at::Tensor behind =
        at::ones({map.size(1), map.size(2)}, map.options().dtype(at::kBool)).triu_(1);
    map = map.masked_fill(behind, -std::numeric_limits<double>::infinity()).softmax(-1);
    at::Tensor forced = at::eye(map.size(1), behind.options());
    forced.select(1, 0).fill_(true);
    const at::Tensor chosen = select_share(map.flatten(1), p_.gamma, forced.flatten()).view_as(map);
    const at::Tensor least = select_share(map, 0, forced, least_blocks());
    return pattern_blocks(chosen.logical_or(least), inputs.queries.size(0));
  }

  // The columns and the diagonals that each hold gamma of what the last queries pay: [H, Q, K].
  at::Tensor vertical_slash(const LineSums& sums) const {
    const int64_t tokens = sums.vertical.size(1);
    const at::Tensor vertical = block_sums(sums.vertical), slash = block_sums(sums.slash);
    at::Tensor first = at::zeros({vertical.size(1)}, vertical.options().dtype(at::kBool));
    first[0] = true;
    const at::Tensor columns = select_share(vertical, p_.gamma, first, least_blocks());  // [H, S]
    const at::Tensor bands = select_share(slash, p_.gamma, first, least_blocks());       // [H, S]
    const at::Tensor squares = columns.unsqueeze(1).expand({-1, columns.size(1), -1});  // [H, S, S]
    const at::Tensor offsets =
        bands.repeat_interleave(kSquareBlock, 1).narrow(1, 0, tokens);  // [H, T]
    return pattern_blocks(squares, tokens).logical_or(diagonal_blocks(offsets));
  }

  FlexPrefillParameters p_;
};

}  // namespace

MethodEntry flexprefill_method() {
  return method_entry<FlexPrefillParameters, FlexPrefill>(
      {.name = "flexprefill",
       .summary = "FlexPrefill: heads whose pooled attention map is a good estimate see its "
                  "highest blocks, others columns and diagonals; as many as hold a share of it",
       .paper = "2502.20766",
       .fate = kSparseFate,
       .decides = {Decision::kAttention}});
}

}  // namespace skipbench
