#include "methods/sparse/recent_compression.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <functional>

#include "kernels/model/cache/index_list.h"
#include "kernels/model/cache/kv_cache.h"
#include "kernels/model/layer_context.h"
#include "kernels/ops/attention/attention_probe.h"
#include "kernels/ops/rows/top_k.h"

namespace skipbench {

at::Tensor RecentCompression::weights(int64_t newest, int64_t first, int64_t count,
                                      const at::TensorOptions& options) const {
  const at::Tensor rows = at::arange(first, first + count, options.dtype(at::kLong));
  const at::Tensor oldest =
      (rows.floor_divide(kBlock) + 1) * kBlock;  // the first query that counts
  return (newest - oldest).to(at::kFloat) * weight_step() + 1;
}

std::vector<at::Tensor> RecentCompression::of_prompt(LayerContext& layer,
                                                     const SeenAttention& attention,
                                                     int64_t cached) const {
  const int64_t context = layer.live() - recent_, heads = attention.queries().size(1);
  const auto options = attention.queries().options().dtype(at::kFloat);
  at::Tensor scores = at::zeros({recent_}, options);
  const double step = weight_step();
  for (int64_t begin = kBlock; begin < recent_; begin += kBlock) {
    // A block of queries to the rows of the blocks before it. From one query to the next the weight
    // rises by `step` for all rows; where it begins depends on the row.
    const int64_t count = std::min(kBlock, recent_ - begin), seen = context + begin + count;
    const at::Tensor queries = attention.queries().narrow(0, seen - count, count);
    const at::Tensor keys = attention.keys().narrow(0, 0, seen);
    const int64_t pairs = causal_pairs(seen) - causal_pairs(seen - count);
    layer.meter().scores(WorkKind::kProbe, 2 * pairs, heads, queries.size(2));
    const at::Tensor equal = at::ones({count}, options), rising = at::arange(count, options) * step;
    const at::Tensor paid = ops::weighted_attention_probe(queries, keys, equal);  // [seen]
    scores.narrow(0, 0, begin)
        .addcmul_(weights(begin, 0, begin, options), paid.narrow(0, context, begin))
        .add_(ops::weighted_attention_probe(queries, keys, rising).narrow(0, context, begin));
  }
  return {scores, at::arange(cached - recent_, cached, options.dtype(at::kLong))};
}

void RecentCompression::attended(LayerContext& layer, int64_t kept) const {
  KvCache& cache = layer.cache();
  std::vector<at::Tensor>& state = cache.method_state(layer.layer());
  const int64_t generated = layer.tokens() - prompt_, newest = recent_ - 1 + generated;
  const int64_t first = (generated - 1) / kBlock * kBlock;  // of the state's rows
  at::Tensor scores = at::constant_pad_nd(state.at(0), {0, 1});
  at::Tensor rows = at::cat({state.at(1), at::full({1}, layer.live() - 1, state.at(1).options())});
  const int64_t counted = newest / kBlock * kBlock - first;  // rows of blocks before the newest's
  if (counted > 0) {
    layer.meter().scores(WorkKind::kProbe, layer.live(), layer.config().query_heads,
                         layer.config().head_size);
    const at::Tensor paid =
        ops::attention_probe(layer.last_queries(1), layer.keys());  // [K], by row
    scores.narrow(0, 0, counted)
        .addcmul_(weights(newest, first, counted, scores.options()),
                  paid.index_select(0, rows.narrow(0, 0, counted)));
  }
  if (generated % kBlock == 0) {
    const at::Tensor block = rows.narrow(0, 0, kBlock);
    const at::Tensor stays = ops::top_k_rows(scores.narrow(0, 0, kBlock), kept);
    std::vector<int64_t> leaving = host_list(block.index_fill(0, stays, -1));
    std::sort(leaving.begin(), leaving.end(), std::greater<>());
    rows = rows.narrow(0, kBlock, rows.size(0) - kBlock);
    scores = scores.narrow(0, kBlock, scores.size(0) - kBlock);
    for (const int64_t row : leaving) {
      if (row < 0) break;                                          // these stay
      const int64_t last = cache.layer(layer.layer()).length - 1;  // which takes its place
      cache.evict(layer.layer(), row);
      rows = rows.masked_fill(rows.eq(last), row);
    }
  }
  state = {scores, rows};
}

}  // namespace skipbench
