#include "kernels/model/decode/planned_step.h"

#include <ATen/ATen.h>

#include "kernels/base/check.h"
#include "kernels/model/decode/decode_layer.h"
#include "kernels/ops/attention/attention.h"
#include "kernels/ops/device/profile.h"

namespace skipbench {

PlannedStep::PlannedStep(const Model& model, const RopeTable& rope, Sequence& sequence)
    : model_(model), rope_(rope), sequence_(sequence), hooks_(*sequence.hooks) {
  positions_ =
      at::full({1}, sequence.next_position, at::TensorOptions(at::kLong).device(model.device()));
  if (!hooks_.revives() || sequence.cache.indexed()) return;
  check_can_revive();
  sequence.cache.index_positions(model.config.context);
}

void PlannedStep::check_can_revive() const {
  const std::vector<LayerActivity>& layers = sequence_.activity.layers;
  const int64_t gone = layers.front().kv_length - layers.back().kv_length;
  bool complete = gone == sequence_.cache.dropped().count();
  for (int64_t l = 0; l < sequence_.cache.layers(); ++l) {
    complete = complete && sequence_.cache.layer(l).positions.dim() == 1 &&
               (l == 0 || layers[l].kv_length == layers[l - 1].alive_after);
  }
  if (complete) return;
  throw InputError(
      "dropped tokens cannot be revived while another method drops tokens or cached rows too; "
      "set revive: false");
}

at::Tensor PlannedStep::run(at::Tensor embedding) {
  hidden_ = std::move(embedding);
  hooks_.plan_step(sequence_.cache);
  for (int64_t layer = 0; layer < model_.config.layers; ++layer) run_layer(layer);
  sequence_.cache.dropped().finish(hidden_.size(0) - 1);
  sequence_.activity.recalled_rows = sequence_.cache.recalled_rows();
  return hidden_.narrow(0, hidden_.size(0) - 1, 1);
}

void PlannedStep::run_layer(int64_t layer) {
  const ProfiledLayer timed(layer);
  sequence_.activity.revived_rows += hidden_.size(0) - 1;
  StepContext context = attend(layer);
  // Tokens come back where they left: with the layer's FFN still to run, or after it.
  const bool before_ffn = sequence_.cache.dropped().before_ffn();
  if (!before_ffn) run_ffn(layer);
  if (layer + 1 < model_.config.layers) {
    select(layer, hooks_.keep_in_step(context));
    if (seen_.defined()) bring_back(layer + 1);
  }
  if (before_ffn) run_ffn(layer);
}

void PlannedStep::bring_back(int64_t layer) {
  const at::Tensor before = positions_.narrow(0, 0, positions_.size(0) - 1);
  set_aside();
  ranks_ = sequence_.cache.rows_of(layer, seen_).lt(0).nonzero().squeeze(1);  // the new token's too
  positions_ = seen_.index_select(0, ranks_);
  const int64_t revived = positions_.size(0) - 1;
  const at::Tensor newest = hidden_.narrow(0, hidden_.size(0) - 1, 1);
  if (revived == 0) {
    hidden_ = newest;
    return;
  }
  const at::Tensor old = positions_.narrow(0, 0, revived);
  hidden_ = at::cat({sequence_.cache.dropped().hidden(old), newest});
  const int64_t on_the_way = before.numel() == 0 ? 0 : at::isin(old, before).sum().item<int64_t>();
  sequence_.activity.revived_tokens += revived - on_the_way;
}

void PlannedStep::set_aside() {
  const int64_t revived = hidden_.size(0) - 1;
  if (revived == 0) return;
  sequence_.cache.dropped().replace(positions_.narrow(0, 0, revived),
                                    hidden_.narrow(0, 0, revived));
}

StepContext PlannedStep::attend(int64_t layer) {
  KvCache& cache = sequence_.cache;
  WorkMeter& meter = sequence_.decode_work;
  const int64_t rows = hidden_.size(0);
  const at::Tensor queries =
      project_into_cache(model_, layer, positions_, rope_.tables(), hidden_, cache);
  at::Tensor keys = cache.layer(layer).keys.narrow(1, 0, cache.layer(layer).length);
  at::Tensor values = cache.layer(layer).values.narrow(1, 0, cache.layer(layer).length);
  if (seen_.defined()) {
    const at::Tensor seen_rows = cache.rows_of(layer, seen_);
    keys = keys.index_select(1, seen_rows);  // [Hkv, K, d]
    values = values.index_select(1, seen_rows);
  }
  int64_t pairs = keys.size(1);
  at::Tensor heads;  // [R, H, d]
  if (rows == 1) {
    heads = ops::cached_attention(queries, keys, values);
  } else {
    heads = ops::selected_attention(queries, keys.transpose(0, 1), values.transpose(0, 1), ranks_);
    pairs = ranks_.sum().item<int64_t>() + rows;  // the row of rank r sees r + 1 tokens
  }
  sequence_.activity.decode_rows += keys.size(1);
  StepContext context{.layer = layer,
                      .tokens = sequence_.next_position + 1,
                      .queries = queries.narrow(0, rows - 1, 1),
                      .keys = keys.transpose(0, 1),
                      .cache = cache,
                      .meter = meter};
  add_decode_attention(model_, layer, heads, pairs, hidden_, meter);
  hooks_.attended_in_step(context);
  return context;
}

void PlannedStep::run_ffn(int64_t layer) {
  const int64_t rows = hidden_.size(0);
  ++sequence_.activity.decode_layers;
  const bool gated = hooks_.gates_decode();
  const bool runs = hooks_.gate_ffn(layer);  // the new token's
  const int64_t running = runs ? rows : rows - 1;
  if (running == 0) return;
  const at::Tensor before = gated ? hidden_.narrow(0, rows - 1, 1).clone() : at::Tensor();
  at::Tensor part = hidden_.narrow(0, 0, running);
  part.add_(decode_ffn(model_, layer, part, sequence_.decode_work));
  if (!runs) return;
  ++sequence_.activity.decode_ffns;
  if (gated) hooks_.ffn_done(layer, before, hidden_.narrow(0, rows - 1, 1));
}

void PlannedStep::select(int64_t layer, const TokenRows& kept) {
  if (kept.count() == kept.live()) return;
  require_last(kept, model_.device(), "keep_in_step");
  require(sequence_.cache.indexed(), "keep_in_step: only a method that revives may select");
  if (seen_.defined()) {
    seen_ = gather(seen_, kept);
  } else {
    const at::Tensor& all = sequence_.cache.layer(layer).positions;
    seen_ = std::get<0>(at::sort(gather(all, kept)));
  }
}

}  // namespace skipbench
