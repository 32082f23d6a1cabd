#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "kernels/model/layer_context.h"
#include "kernels/model/prefill/residual_stream.h"
#include "kernels/model/run.h"

namespace skipbench {

class RopeTable;

/// One layer of a prompt: computes what the method asks for, and what the layer itself needs. After
/// rows are dropped every tensor speaks of the survivors.
class PrefillLayer final : public LayerContext {
 public:
  PrefillLayer(const Model& model, const RopeTable& rope, const Prompt& prompt, int64_t layer,
               ResidualStream stream, at::Tensor positions, WorkMeter& meter);

  bool in_step() const override { return false; }
  int64_t live() const override { return stream_.live(); }
  int64_t tokens() const override { return prompt_.length(); }
  const at::Tensor& hidden() override { return stream_.hidden(); }
  const at::Tensor& keys() override;
  at::Tensor last_queries(int64_t count) override;
  const SeenAttention& seen() override;
  const Prompt& prompt() const override { return prompt_; }
  const at::Tensor& positions() const override { return positions_; }
  const at::Tensor& attention_input() override;
  const TokenRows& updated_rows() const override { return updated_; }
  const at::Tensor& attention_output() const override;
  at::Tensor ffn_input(const TokenRows& rows) override;
  at::Tensor ffn_output(const TokenRows& rows) override;

  /// Attention's inputs are those of `reads` from now on: seen().
  void project(const Reads& reads);
  /// Attention left `heads` [M, H * d] for `rows`: their projection joins the residual stream.
  void end_attention(const TokenRows& rows, const at::Tensor& heads, bool keep_output);
  /// seen() and keys() are needed no more.
  void forget_attention() {
    seen_.reset();
    keys_.reset();
  }
  /// The FFN's update of the rows joins the residual stream.
  void add_ffn(const FfnRows& ffn);
  /// Only `rows` live on.
  void drop(const TokenRows& rows);
  /// What the next layer begins with.
  ResidualStream take_stream() { return std::move(stream_); }

 private:
  /// x * W^T + b for `count` rows of the fused K, Q, V matrix from row `first` on: [M, count], in a
  /// buffer with room (ops/row_buffer.h).
  at::Tensor project_part(const at::Tensor& input, int64_t first, int64_t count);
  AttentionInputs inputs_of(const Reads& reads);
  template <class Add>
  void ffn_chunks(const TokenRows& rows, const Add& add);
  /// [M, H, d] queries of rows of the attention input [M, D], rotated at their positions [M].
  at::Tensor queries_of(const at::Tensor& input, const at::Tensor& positions);
  at::Tensor values(const TokenRows& rows);  // [M, Hkv, d]
  void rotate(const at::Tensor& x, const TokenRows& rows) const;
  int64_t key_width() const { return config().kv_heads * config().head_size; }
  int64_t query_width() const { return config().query_heads * config().head_size; }

  const RopeTable& rope_;
  const Prompt& prompt_;
  ResidualStream stream_;
  at::Tensor positions_;
  at::Tensor attention_input_, keys_;  // undefined until asked for
  std::optional<SeenAttention> seen_;
  bool attention_over_ = false;
  at::Tensor attention_output_;                // undefined unless the method reads it
  at::Tensor ffn_input_all_, ffn_output_all_;  // of all living tokens, undefined until asked for
  TokenRows updated_ = TokenRows::none(0);
};

}  // namespace skipbench
