#include "kernels/model/prefill/layer_pass.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "kernels/base/check.h"
#include "kernels/model/cache/index_list.h"
#include "kernels/model/prefill/kept_rows.h"
#include "kernels/ops/attention/attention.h"
#include "kernels/ops/device/profile.h"

namespace skipbench {

TokenRows LayerPass::checked(TokenRows rows, std::string_view question) const {
  require(rows.live() == layer_.live(), "{}: rows among {} tokens, but {} are alive", question,
          rows.live(), layer_.live());
  if (!options_.force_gather || !rows.selects_all()) return rows;
  return TokenRows::of(rows.indices(layer_.device()), rows.live());
}

std::vector<int64_t> LayerPass::recorded_positions(const TokenRows& rows) const {
  if (!options_.record_positions) return {};
  return host_list(gather(layer_.positions(), rows));
}

LayerActivity LayerPass::run() {
  const ProfiledLayer timed(layer_.layer());
  const int64_t flops_before = layer_.meter().total();
  attend();
  leave(Point::kAfterAttention);
  layer_.forget_attention();
  run_ffn();
  leave(Point::kAfterLayer);
  activity_.alive_after = layer_.live();
  activity_.alive_positions = recorded_positions(TokenRows::all(layer_.live()));
  activity_.flops = layer_.meter().total() - flops_before;
  return std::move(activity_);
}

void LayerPass::attend() {
  Reads reads = run_.reads(layer_);
  reads.asks = checked(std::move(reads.asks), "reads");
  reads.sees = checked(std::move(reads.sees), "reads");
  require_among(reads.sees, reads.asks, layer_.device(), "reads");
  layer_.project(reads);
  add_attention(std::move(reads));
  store_cache();
}

void LayerPass::add_attention(Reads reads) {
  const int64_t count = reads.asks.count();
  const int64_t width = layer_.config().query_heads * layer_.config().head_size;
  const at::Tensor heads = attended_heads(reads);  // [M, H, d]
  layer_.meter().linear(WorkKind::kProjection, count, width, layer_.config().width);
  activity_.attention_updated = count;
  activity_.attention_positions = recorded_positions(reads.asks);
  layer_.end_attention(reads.asks, heads.reshape({count, width}), reads_attention_output());
}

at::Tensor LayerPass::attended_heads(Reads& reads) {
  if (reads.own) {
    sequence_.deferred_pairs.add(layer_.layer(), std::move(reads.own->pairs));
    return std::move(reads.own->heads);
  }
  if (!reads.pattern) return dense_attention(reads);
  require(reads.everyone_asks(), "reads: a pattern is for all living tokens");
  {
    const ProfileScope timed(OpGroup::kProbe);
    sequence_.deferred_pairs.add(layer_.layer(), ops::sparse_pairs(*reads.pattern, layer_.live()));
  }
  const SeenAttention& seen = layer_.seen();
  return ops::sparse_attention(seen.queries(), seen.keys(), seen.values(), *reads.pattern);
}

at::Tensor LayerPass::dense_attention(const Reads& reads) {
  const AttentionInputs& inputs = layer_.seen().inputs();
  if (reads.asks.count() == reads.sees.count()) {
    const int64_t pairs = causal_pairs(reads.asks.count());
    count_attended(pairs, layer_.config(), activity_, layer_.meter());
    return ops::causal_attention(inputs.queries, inputs.keys, inputs.values, inputs.room);
  }
  require(reads.sees.count() == reads.sees.live(),
          "reads: the visible rows must be those that ask or all living tokens");
  const at::Tensor ranks = reads.asks.indices(layer_.device());
  // The query of rank r sees r + 1 keys.
  sequence_.deferred_pairs.add(layer_.layer(), ranks.sum() + ranks.numel());
  return ops::selected_attention(inputs.queries, inputs.keys, inputs.values, ranks, inputs.room);
}

void LayerPass::store_cache() {
  const SeenAttention& seen = layer_.seen();
  Keeps keeps = run_.keeps(layer_);
  const KeptRows kept =
      kept_rows(keeps, seen.visible_rows(), seen.keys(), seen.values(), layer_.positions());
  activity_.kv_length = kept.keys.size(1);
  activity_.kv_lists = kept.keys.size(0) / layer_.config().kv_heads;
  if (options_.record_positions) {
    for (const at::Tensor& head : kept.positions.view({-1, kept.keys.size(1)}).unbind(0)) {
      activity_.kv_positions.push_back(host_list(head));
    }
  }
  sequence_.cache.store(layer_.layer(), kept.keys, kept.values, kept.positions, options_.reserve);
  sequence_.cache.method_state(layer_.layer()) = std::move(keeps.state);
}

bool LayerPass::reads_attention_output() const {
  const std::vector<int64_t>& layers = sequence_.needs.attention_output;
  return std::find(layers.begin(), layers.end(), layer_.layer()) != layers.end();
}

void LayerPass::leave(Point point) {
  const TokenRows kept = checked(run_.lives(layer_, point), "lives");
  require_last(kept, layer_.device(), "lives");
  const bool drops = kept.count() < kept.live();
  if (drops && sequence_.needs.revival && layer_.layer() + 1 < layer_.config().layers) {
    sequence_.cache.dropped().set_aside(layer_.hidden(), layer_.positions(), kept, point);
  }
  layer_.drop(kept);
}

void LayerPass::run_ffn() {
  FfnRows ffn = run_.ffn(layer_);
  ffn.rows = checked(std::move(ffn.rows), "ffn");
  require(!ffn.scale.defined() || ffn.scale.numel() == ffn.rows.count(),
          "ffn: a scale {} for {} rows", ffn.scale.sizes(), ffn.rows.count());
  activity_.ffn_updated = ffn.rows.count();
  activity_.ffn_positions = recorded_positions(ffn.rows);
  if (!ffn.rows.empty()) layer_.add_ffn(ffn);
}

}  // namespace skipbench
