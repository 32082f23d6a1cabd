#include "kernels/model/prefill/layer_run.h"

#include <ATen/ATen.h>

#include "kernels/base/check.h"
#include "kernels/model/cache/index_list.h"
#include "kernels/model/prefill/kept_rows.h"
#include "kernels/ops/attention/attention.h"
#include "kernels/ops/device/profile.h"

namespace skipbench {
TokenRows LayerRun::checked(TokenRows rows, std::string_view hook) const {
  require(rows.live() == context_.live(), "{}: rows among {} tokens, but {} are alive", hook,
          rows.live(), context_.live());
  if (!options_.force_gather || !rows.selects_all()) return rows;
  return TokenRows::of(rows.indices(context_.device()), rows.live());
}

TokenRows LayerRun::surviving(TokenRows rows, std::string_view hook) const {
  rows = checked(std::move(rows), hook);
  require_last(rows, context_.device(), hook);
  return rows;
}

std::vector<int64_t> LayerRun::recorded_positions(const TokenRows& rows) const {
  if (!options_.record_positions) return {};
  return host_list(gather(context_.positions(), rows));
}

LayerActivity LayerRun::run() {
  const ProfiledLayer timed(context_.layer());
  const int64_t flops_before = context_.meter().total();
  attend();
  leave(surviving(hooks_.keep_before_ffn(context_), "keep_before_ffn"), Leaving::kBeforeFfn);
  run_ffn();
  leave(surviving(hooks_.keep_after_layer(context_), "keep_after_layer"), Leaving::kAfterLayer);
  activity_.alive_after = context_.live();
  activity_.alive_positions = recorded_positions(TokenRows::all(context_.live()));
  activity_.flops = context_.meter().total() - flops_before;
  return std::move(activity_);
}

void LayerRun::attend() {
  AttentionRows rows = hooks_.attention_rows(context_);
  rows.updated = checked(std::move(rows.updated), "attention_rows");
  rows.visible = checked(std::move(rows.visible), "attention_rows");
  require_among(rows.visible, rows.updated, context_.device(), "attention_rows");
  const AttentionInputs inputs = context_.project(rows);

  at::Tensor heads;  // [M, H, d]
  if (std::optional<Attended> own = hooks_.attend(context_, rows, inputs)) {
    heads = std::move(own->heads);
    deferred_.add(context_.layer(), std::move(own->pairs));
  } else {
    heads = dense_attention(rows, inputs);
  }
  store_cache(rows, inputs);

  const int64_t count = rows.updated.count();
  const int64_t width = context_.config().query_heads * context_.config().head_size;
  context_.meter().linear(WorkKind::kProjection, count, width, context_.config().width);
  activity_.attention_updated = count;
  activity_.attention_positions = recorded_positions(rows.updated);
  context_.end_attention(rows.updated, heads.reshape({count, width}),
                         hooks_.reads_attention_output(context_.layer()));
}

at::Tensor LayerRun::dense_attention(const AttentionRows& rows, const AttentionInputs& inputs) {
  if (rows.updated.count() == rows.visible.count()) {
    const int64_t pairs = causal_pairs(rows.updated.count());
    count_attended(pairs, context_.config(), activity_, context_.meter());
    return ops::causal_attention(inputs.queries, inputs.keys, inputs.values, inputs.room);
  }
  require(rows.visible.count() == rows.visible.live(),
          "attention_rows: the visible rows must be the updated ones or all living tokens");
  const at::Tensor ranks = rows.updated.indices(context_.device());
  deferred_.add(context_.layer(), ranks.sum() + ranks.numel());  // query of rank r sees r + 1 keys
  return ops::selected_attention(inputs.queries, inputs.keys, inputs.values, ranks, inputs.room);
}

void LayerRun::store_cache(const AttentionRows& rows, const AttentionInputs& inputs) {
  const KeptRows kept = kept_rows(hooks_.cached_rows(context_, rows), rows.visible, inputs.keys,
                                  inputs.values, context_.positions());
  activity_.kv_length = kept.keys.size(1);
  activity_.kv_lists = kept.keys.size(0) / context_.config().kv_heads;
  if (options_.record_positions) {
    for (const at::Tensor& head : kept.positions.view({-1, kept.keys.size(1)}).unbind(0)) {
      activity_.kv_positions.push_back(host_list(head));
    }
  }
  cache_.store(context_.layer(), kept.keys, kept.values, kept.positions, options_.reserve);
}

void LayerRun::leave(const TokenRows& kept, Leaving leaving) {
  const bool drops = kept.count() < kept.live();
  if (drops && hooks_.revives() && context_.layer() + 1 < context_.config().layers) {
    cache_.dropped().set_aside(context_.hidden(), context_.positions(), kept, leaving);
  }
  context_.drop(kept);
}

void LayerRun::run_ffn() {
  const TokenRows rows = checked(hooks_.ffn_rows(context_), "ffn_rows");
  activity_.ffn_updated = rows.count();
  activity_.ffn_positions = recorded_positions(rows);
  if (rows.empty()) return;
  context_.add_ffn(rows);
}

}  // namespace skipbench
