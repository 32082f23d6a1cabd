#include "methods/sparse/block_scores.h"

#include <ATen/ATen.h>

#include "kernels/base/ceil_div.h"
#include "kernels/ops/attention/attention_probe.h"
#include "kernels/ops/rows/rows.h"

namespace skipbench {
namespace {

// What the units are worth to each head, [H, U], as the best unit of each block: [B].
at::Tensor best_units(const at::Tensor& of_heads, const BlockScoreParameters& p) {
  const at::Tensor units = p.heads == "max" ? of_heads.amax(0) : of_heads.mean(0);  // [U]
  const int64_t of_block = p.block / p.unit;
  return at::max_pool1d(units.unsqueeze(0), of_block, /*stride=*/of_block, /*padding=*/0,
                        /*dilation=*/1, /*ceil_mode=*/true)
      .squeeze(0);
}

// The mean attention that the tokens of a unit get from the queries: [H, U].
at::Tensor unit_attention(const at::Tensor& queries, const at::Tensor& keys, int64_t tokens,
                          int64_t unit, WorkMeter& meter) {
  const int64_t count = keys.size(0);
  const int64_t pairs = causal_pairs(count) - causal_pairs(count - queries.size(0));
  meter.scores(WorkKind::kProbe, pairs, queries.size(1), queries.size(2));
  const at::Tensor paid = ops::attention_probe_per_head(queries, keys).narrow(1, 0, tokens);
  return at::avg_pool1d(paid, unit, /*stride=*/unit, /*padding=*/0, /*ceil_mode=*/true,
                        /*count_include_pad=*/false);
}

}  // namespace

at::Tensor block_scores(const at::Tensor& queries, const at::Tensor& keys, int64_t tokens,
                        const BlockScoreParameters& p, WorkMeter& meter) {
  if (p.score == "softmax") {
    return best_units(unit_attention(queries, keys, tokens, p.unit, meter), p);
  }
  return block_scores_of_units(queries, unit_keys(keys.narrow(0, 0, tokens), p.unit), p, meter);
}

at::Tensor unit_keys(const at::Tensor& keys, int64_t unit) {
  return ops::block_mean_keys(keys, unit).permute({1, 2, 0});
}

at::Tensor block_scores_of_units(const at::Tensor& queries, const at::Tensor& keys,
                                 const BlockScoreParameters& p, WorkMeter& meter) {
  meter.scores(WorkKind::kProbe, keys.size(2), queries.size(1), queries.size(2));
  const at::Tensor query =
      queries.to(at::kFloat).mean(0).view({keys.size(0), -1, keys.size(1)});  // [Hkv, group, d]
  const at::Tensor products = query.matmul(keys).flatten(0, 1);               // [H, U]
  return best_units(p.score == "abs" ? products.abs() : products, p);
}

}  // namespace skipbench
