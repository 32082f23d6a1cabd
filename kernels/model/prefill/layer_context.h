#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>

#include "kernels/model/layer_hooks.h"
#include "kernels/model/prefill/residual_stream.h"
#include "kernels/model/prompt.h"
#include "kernels/model/token_rows.h"
#include "kernels/model/weights.h"
#include "kernels/model/work_meter.h"

namespace skipbench {

class RopeTable;

/// What one layer shows to a method. Tensors are computed when first asked for and kept for the
/// layer, so a probe that asks for the keys and the attention that follows compute them once.
/// T is the number of tokens alive; after rows are dropped every tensor speaks of the survivors.
class LayerContext {
 public:
  LayerContext(const Model& model, const RopeTable& rope, const Prompt& prompt, int64_t layer,
               ResidualStream stream, at::Tensor positions, WorkMeter& meter);

  int64_t layer() const { return layer_; }
  int64_t live() const { return stream_.live(); }
  const Prompt& prompt() const { return prompt_; }
  const ModelConfig& config() const { return model_.config; }
  /// The layer's own weights, for probes that use them.
  const LayerWeights& weights() const { return model_.weights.layers[layer_]; }
  at::Device device() const { return positions_.device(); }

  /// [T, D] the residual stream: before attention, after it, or after the FFN, as the hook stands.
  const at::Tensor& hidden() { return stream_.hidden(); }
  /// [T] int64, ascending: each living token's position in the prompt.
  const at::Tensor& positions() const { return positions_; }

  /// [T, D] normalised input of attention. Before attention only.
  const at::Tensor& attention_input();
  /// [T, Hkv, d] keys, rotated at original positions.
  const at::Tensor& keys();
  /// [M, H, d] queries of the rows, rotated at original positions.
  at::Tensor queries(const TokenRows& rows);
  /// [count, H, d] the queries of the last tokens alive: what probes ask with.
  at::Tensor last_queries(int64_t count);
  /// [M, Hkv, d] values of the rows.
  at::Tensor values(const TokenRows& rows);

  /// The rows that attention updated in this layer, as ranks among those alive during attention
  /// (not to be asked for after rows were dropped).
  const TokenRows& updated_rows() const { return updated_; }
  /// [M, D] what attention added to the residual stream of updated_rows(). After attention only,
  /// and only for methods that say so (LayerHooks::reads_attention_output).
  const at::Tensor& attention_output() const;

  /// [M, D] normalised input of the FFN. After attention only.
  at::Tensor ffn_input(const TokenRows& rows);
  /// [M, D] what the FFN adds to the rows: the oracle of FFN criteria. Reused by the FFN itself
  /// when the method selects rows that were asked for here.
  at::Tensor ffn_output(const TokenRows& rows);

  /// Where a method accounts for the matrix products of its own probing.
  WorkMeter& meter() { return meter_; }

 private:
  friend class LayerRun;
  friend class PrefillPass;
  AttentionInputs project(const AttentionRows& rows);
  /// Attention left `heads` [M, H * d] for `rows`: their projection joins the residual stream.
  void end_attention(const TokenRows& rows, const at::Tensor& heads, bool keep_output);
  /// The FFN's update of `rows` joins the residual stream.
  void add_ffn(const TokenRows& rows);
  /// Only `rows` live on.
  void drop(const TokenRows& rows);
  /// What the next layer begins with.
  ResidualStream take_stream() { return std::move(stream_); }

  /// x * W^T + b for `count` rows of the fused K, Q, V matrix from row `first` on: [M, count], in a
  /// buffer with room (ops/row_buffer.h).
  at::Tensor project_part(const at::Tensor& input, int64_t first, int64_t count);
  template <class Add>
  void ffn_chunks(const TokenRows& rows, const Add& add);
  /// [M, H, d] queries of rows of the attention input [M, D], rotated at their positions [M].
  at::Tensor queries_of(const at::Tensor& input, const at::Tensor& positions);
  void rotate(const at::Tensor& x, const TokenRows& rows) const;
  int64_t key_width() const { return config().kv_heads * config().head_size; }
  int64_t query_width() const { return config().query_heads * config().head_size; }

  const Model& model_;
  const RopeTable& rope_;
  const Prompt& prompt_;
  int64_t layer_;
  ResidualStream stream_;
  at::Tensor positions_;
  WorkMeter& meter_;
  at::Tensor attention_input_, keys_;  // undefined until asked for
  bool attention_over_ = false;
  at::Tensor attention_output_;                // undefined unless the method reads it
  at::Tensor ffn_input_all_, ffn_output_all_;  // of all living tokens, undefined until asked for
  TokenRows updated_ = TokenRows::none(0);
};

}  // namespace skipbench
