#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "kernels/model/prompt.h"
#include "kernels/model/token_rows.h"

namespace skipbench {

class KvCache;
class LayerContext;
struct StepContext;

/// Which tokens a layer's attention updates, and whose keys and values those may see.
struct AttentionRows {
  TokenRows updated;  // queries: their hidden state receives the attention output
  TokenRows visible;  // keys and values; holds every updated row
};

/// What attention works on: the queries of the updated rows, keys and values of the visible ones.
struct AttentionInputs {
  at::Tensor queries;       // [M, H, d], rotated
  at::Tensor keys, values;  // [M', Hkv, d], keys rotated
  /// Whether each has room behind its rows for attention's padding (ops/row_buffer.h).
  bool room = false;
};

/// The outcome of a method's own attention.
struct Attended {
  at::Tensor heads;  // [M, H, d]
  at::Tensor pairs;  // [] int64 on the device: query-key pairs computed, the mean over heads
};

/// The rows of this layer's K and V that the cache keeps, as ranks among the living tokens, each of
/// them visible.
struct CachedRows {
  std::optional<TokenRows> shared;  // the same rows for every KV head
  at::Tensor per_head;              // or [Hkv, M] int64, ascending in each row; [H, M] where each
                                    // query head keeps rows of its own (caches_query_heads)
};

/// What the model core asks of a method, in the order in which it asks. Every hook has the default
/// "everything", which is full attention. Hooks see one layer through its LayerContext and answer
/// with ranks among the tokens that live in that layer.
class LayerHooks {
 public:
  virtual ~LayerHooks() = default;

  /// Once per prompt, before layer 0.
  virtual void begin_prompt(const Prompt& prompt);

  /// Abandons the pass and runs the whole model again on these living tokens alone, at fresh
  /// positions 0, 1, ... Asked in each layer before attention, until it answers once.
  virtual std::optional<TokenRows> restart(LayerContext& context);

  /// Which tokens attention updates and which it may see.
  virtual AttentionRows attention_rows(LayerContext& context);

  /// The attention itself for the updated rows, or nothing for dense causal attention.
  virtual std::optional<Attended> attend(LayerContext& context, const AttentionRows& rows,
                                         const AttentionInputs& inputs);

  /// Whether the method reads LayerContext::attention_output() in the layer; otherwise the
  /// projection of the heads may add to the residual stream without ever standing by itself.
  virtual bool reads_attention_output(int64_t layer) const;

  /// Which K and V rows the cache keeps; by default those that were visible.
  virtual CachedRows cached_rows(LayerContext& context, const AttentionRows& rows);

  /// Whether cached_rows may answer for each query head: then the cache holds a copy of K and V for
  /// every query head, and decode steps replay no CUDA graph.
  virtual bool caches_query_heads() const;

  /// Which tokens stay alive between attention and FFN.
  virtual TokenRows keep_before_ffn(LayerContext& context);

  /// Which living tokens run the FFN.
  virtual TokenRows ffn_rows(LayerContext& context);

  /// Which tokens stay alive after the layer.
  virtual TokenRows keep_after_layer(LayerContext& context);

  /// Whether tokens that keep_before_ffn or keep_after_layer drop are set aside, so that
  /// keep_in_step may bring them back.
  virtual bool revives() const;

  /// The prompt went through all layers: rows may leave the cache, or go to host memory.
  virtual void end_prompt(KvCache& cache);

  /// Decoding begins after the prompt, or begins again there; at most `max_new_tokens` will follow.
  virtual void begin_decode(int64_t max_new_tokens);

  /// Whether decode steps are decided by the three hooks behind begin_step: then tokens are fed one
  /// at a time.
  virtual bool gates_decode() const;

  /// One new token enters layer 0; `step` counts from 0.
  virtual void begin_step(int64_t step);

  /// Whether the new token runs this layer's FFN.
  virtual bool gate_ffn(int64_t layer);

  /// The FFN ran: the new token's residual stream [1, D] before and after it.
  virtual void ffn_done(int64_t layer, const at::Tensor& before, const at::Tensor& after);

  /// Whether decode steps are planned by the hooks below: tokens are fed one at a time, and a step
  /// may change the cache and compute more rows than the new token.
  virtual bool plans_decode() const;

  /// Between two steps, before a new token enters layer 0: rows may leave the cache, or come back.
  virtual void plan_step(KvCache& cache);

  /// The new token attended: the method may look at what it saw, and rows may leave the cache.
  virtual void attended_in_step(StepContext& context);

  /// Which of the tokens that the new token saw in this layer are seen in the layers behind, the
  /// new token among them; asked where the prompt's tokens were dropped, before or after the
  /// layer's FFN. Where a token has no K/V there, because it was dropped, the core computes it from
  /// where it was dropped. All: each layer's cache as it is.
  virtual TokenRows keep_in_step(StepContext& context);
};

}  // namespace skipbench
