#include "kernels/model/layer_hooks.h"

#include "kernels/model/decode/step_context.h"
#include "kernels/model/prefill/layer_context.h"

namespace skipbench {

void LayerHooks::begin_prompt(const Prompt&) {}

std::optional<TokenRows> LayerHooks::restart(LayerContext&) {
  return std::nullopt;
}

AttentionRows LayerHooks::attention_rows(LayerContext& context) {
  return {TokenRows::all(context.live()), TokenRows::all(context.live())};
}

std::optional<Attended> LayerHooks::attend(LayerContext&, const AttentionRows&,
                                           const AttentionInputs&) {
  return std::nullopt;
}

bool LayerHooks::reads_attention_output(int64_t) const {
  return false;
}

CachedRows LayerHooks::cached_rows(LayerContext&, const AttentionRows& rows) {
  return {rows.visible, {}};
}

bool LayerHooks::caches_query_heads() const {
  return false;
}

TokenRows LayerHooks::keep_before_ffn(LayerContext& context) {
  return TokenRows::all(context.live());
}

TokenRows LayerHooks::ffn_rows(LayerContext& context) {
  return TokenRows::all(context.live());
}

TokenRows LayerHooks::keep_after_layer(LayerContext& context) {
  return TokenRows::all(context.live());
}

bool LayerHooks::revives() const {
  return false;
}

void LayerHooks::end_prompt(KvCache&) {}

void LayerHooks::begin_decode(int64_t) {}

bool LayerHooks::gates_decode() const {
  return false;
}

void LayerHooks::begin_step(int64_t) {}

bool LayerHooks::gate_ffn(int64_t) {
  return true;
}

void LayerHooks::ffn_done(int64_t, const at::Tensor&, const at::Tensor&) {}

bool LayerHooks::plans_decode() const {
  return false;
}

void LayerHooks::plan_step(KvCache&) {}

void LayerHooks::attended_in_step(StepContext&) {}

TokenRows LayerHooks::keep_in_step(StepContext& context) {
  return TokenRows::all(context.seen());
}

}  // namespace skipbench
