#include "kernels/model/decode/step_pass.h"

#include <ATen/ATen.h>

#include <string_view>
#include <utility>

#include "kernels/base/check.h"
#include "kernels/model/decode/decode_layer.h"
#include "kernels/ops/attention/attention.h"
#include "kernels/ops/device/profile.h"

namespace skipbench {
namespace {

void require_live(const TokenRows& rows, const LayerContext& layer, std::string_view question) {
  require(rows.live() == layer.live(), "{}: rows among {} tokens, but {} are seen", question,
          rows.live(), layer.live());
}

}  // namespace

StepPass::StepPass(const Model& model, const RopeTable& rope, Sequence& sequence)
    : model_(model), rope_(rope), sequence_(sequence), run_(*sequence.run) {
  positions_ =
      at::full({1}, sequence.next_position, at::TensorOptions(at::kLong).device(model.device()));
  if (!sequence.needs.revival || sequence.cache.indexed()) return;
  check_can_revive();
  sequence.cache.index_positions(model.config.context);
}

void StepPass::check_can_revive() const {
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

at::Tensor StepPass::run(at::Tensor embedding) {
  hidden_ = std::move(embedding);
  for (int64_t layer = 0; layer < model_.config.layers; ++layer) run_layer(layer);
  sequence_.cache.dropped().finish(rows() - 1);
  sequence_.activity.recalled_rows = sequence_.cache.recalled_rows();
  return newest();
}

void StepPass::run_layer(int64_t index) {
  const ProfiledLayer timed(index);
  sequence_.activity.revived_rows += rows() - 1;
  StepLayer layer = project(index);
  attend(layer);
  leave(layer, Point::kAfterAttention);
  run_ffn(layer);
  leave(layer, Point::kAfterLayer);
}

StepLayer StepPass::project(int64_t layer) {
  KvCache& cache = sequence_.cache;
  queries_ = project_into_cache(model_, layer, positions_, rope_.tables(), hidden_, cache);
  at::Tensor keys = cache.layer(layer).keys.narrow(1, 0, cache.layer(layer).length);
  at::Tensor values = cache.layer(layer).values.narrow(1, 0, cache.layer(layer).length);
  if (seen_.defined()) {
    const at::Tensor seen_rows = cache.rows_of(layer, seen_);
    keys = keys.index_select(1, seen_rows);  // [Hkv, K, d]
    values = values.index_select(1, seen_rows);
  }
  AttentionInputs inputs{.queries = queries_.narrow(0, rows() - 1, 1),
                         .keys = keys.transpose(0, 1),
                         .values = values.transpose(0, 1)};
  return StepLayer(model_, layer, sequence_.next_position + 1, std::move(inputs), newest(), cache,
                   sequence_.decode_work);
}

void StepPass::attend(StepLayer& layer) {
  const bool whole = sequence_.needs.steps == Steps::kWhole;
  const AttentionInputs& inputs = layer.inputs();
  at::Tensor keys = inputs.keys, values = inputs.values;  // [K, Hkv, d]
  if (whole) {
    const Reads reads = run_.reads(layer);
    require(!reads.pattern && !reads.own, "reads: a step has neither a pattern nor a result");
    require_live(reads.sees, layer, "reads");
    if (!reads.sees.selects_all()) {
      require_last(reads.sees, model_.device(), "reads");
      require(rows() == 1, "reads: a step that brings tokens back reads all that it sees");
      keys = gather(keys, reads.sees);
      values = gather(values, reads.sees);
      layer.set_seen(reads.sees, keys, values);
    }
  }
  int64_t pairs = keys.size(0);
  sequence_.activity.decode_rows += pairs;
  at::Tensor heads;  // [R, H, d]
  if (rows() == 1) {
    heads = ops::cached_attention(queries_, keys.transpose(0, 1), values.transpose(0, 1));
  } else {
    heads = ops::selected_attention(queries_, keys, values, ranks_);
    pairs = ranks_.sum().item<int64_t>() + rows();  // the row of rank r sees r + 1 tokens
  }
  add_decode_attention(model_, layer.layer(), heads, pairs, hidden_, sequence_.decode_work);
  if (whole) run_.keeps(layer);
}

void StepPass::run_ffn(StepLayer& layer) {
  ++sequence_.activity.decode_layers;
  const FfnRows ffn = run_.ffn(layer);  // of the new token
  require(ffn.rows.live() == 1, "ffn: rows among {} tokens, but a step has one", ffn.rows.live());
  require(!ffn.scale.defined() || ffn.scale.numel() == ffn.rows.count(),
          "ffn: a scale {} for {} rows", ffn.scale.sizes(), ffn.rows.count());
  const int64_t running = ffn.rows.empty() ? rows() - 1 : rows();
  if (running == 0) return;
  const at::Tensor part = hidden_.narrow(0, 0, running);
  const at::Tensor update = decode_ffn(model_, layer.layer(), part, sequence_.decode_work);
  if (ffn.rows.empty()) {
    part.add_(update);
    return;
  }
  if (ffn.scale.defined()) update.narrow(0, rows() - 1, 1).mul_(ffn.scale);
  hidden_ = hidden_ + update;
  ++sequence_.activity.decode_ffns;
  layer.set_hidden(newest());
}

void StepPass::leave(StepLayer& layer, Point point) {
  const int64_t index = layer.layer();
  if (index + 1 == model_.config.layers) return;  // nobody sees what follows
  const TokenRows kept = run_.lives(layer, point);
  require_live(kept, layer, "lives");
  select(index, kept, point);
  if (seen_.defined() && point == sequence_.cache.dropped().point()) bring_back(index + 1);
}

void StepPass::select(int64_t layer, const TokenRows& kept, Point point) {
  if (kept.count() == kept.live()) return;
  require_last(kept, model_.device(), "lives");
  require(sequence_.cache.indexed(), "lives: in a step only a method that revives may select");
  require(point == sequence_.cache.dropped().point(),
          "lives: in a step tokens leave where they left in the prompt");
  if (seen_.defined()) {
    seen_ = gather(seen_, kept);
  } else {
    const at::Tensor& all = sequence_.cache.layer(layer).positions;
    seen_ = std::get<0>(at::sort(gather(all, kept)));
  }
}

void StepPass::bring_back(int64_t layer) {
  const at::Tensor before = positions_.narrow(0, 0, positions_.size(0) - 1);
  set_aside();
  ranks_ = sequence_.cache.rows_of(layer, seen_).lt(0).nonzero().squeeze(1);  // the new token's too
  positions_ = seen_.index_select(0, ranks_);
  const int64_t revived = positions_.size(0) - 1;
  if (revived == 0) {
    hidden_ = newest();
    return;
  }
  const at::Tensor old = positions_.narrow(0, 0, revived);
  hidden_ = at::cat({sequence_.cache.dropped().hidden(old), newest()});
  const int64_t on_the_way = before.numel() == 0 ? 0 : at::isin(old, before).sum().item<int64_t>();
  sequence_.activity.revived_tokens += revived - on_the_way;
}

void StepPass::set_aside() {
  const int64_t revived = rows() - 1;
  if (revived == 0) return;
  sequence_.cache.dropped().replace(positions_.narrow(0, 0, revived),
                                    hidden_.narrow(0, 0, revived));
}

}  // namespace skipbench
