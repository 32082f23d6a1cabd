#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

#include "kernels/model/prompt.h"
#include "kernels/model/seen_attention.h"
#include "kernels/model/token_rows.h"
#include "kernels/model/weights.h"
#include "kernels/model/work_meter.h"

namespace skipbench {

class KvCache;

/// What one layer shows to a method, of the prompt or of a decode step. T is the number of tokens
/// alive: of the prompt those that no layer dropped, in a step those that the new token may see,
/// the new one last. Tensors are computed when first asked for and kept for the layer, so that a
/// probe that asks for the keys and the attention that follows compute them once.
class LayerContext {
 public:
  virtual ~LayerContext() = default;

  int64_t layer() const { return layer_; }
  const ModelConfig& config() const { return model_.config; }
  /// The layer's own weights, for probes that use them.
  const LayerWeights& weights() const { return model_.weights.layers[layer_]; }
  at::Device device() const { return model_.device(); }
  /// Where a method accounts for the matrix products of its own probing.
  WorkMeter& meter() { return meter_; }

  virtual bool in_step() const = 0;
  virtual int64_t live() const = 0;
  /// Tokens so far: of the prompt all; in a step those of prompt and reply, the new one included.
  virtual int64_t tokens() const = 0;

  /// [T, D] the residual stream: before attention, after it, or after the FFN, as the question
  /// stands. In a step of the new token: [1, D].
  virtual const at::Tensor& hidden() = 0;

  /// [T, Hkv, d] keys, rotated at original positions: of a prompt in start() and reads(). In a step
  /// each KV head's rows are its own.
  virtual const at::Tensor& keys() = 0;
  /// [count, H, d] the queries of the last tokens alive, rotated: what probes ask with, where
  /// keys() are. In a step there is one.
  virtual at::Tensor last_queries(int64_t count) = 0;

  /// Attention's inputs, until the FFN begins. In reads() they are those of all living tokens,
  /// projected when asked for; attention that updates all of them uses the same.
  virtual const SeenAttention& seen() = 0;

  // In a step alone (ContractError elsewhere):

  /// Where rows may leave in keeps().
  virtual KvCache& cache();

  // In a prompt alone (ContractError elsewhere):

  virtual const Prompt& prompt() const;
  /// [T] int64, ascending: each living token's position in the prompt.
  virtual const at::Tensor& positions() const;
  /// [T, D] normalised input of attention. Before attention only.
  virtual const at::Tensor& attention_input();
  /// The rows that attention updated in this layer, as ranks among those alive during attention
  /// (not to be asked for after rows were dropped).
  virtual const TokenRows& updated_rows() const;
  /// [M, D] what attention added to the residual stream of updated_rows(). After attention, in the
  /// layers that Needs::attention_output names.
  virtual const at::Tensor& attention_output() const;
  /// [M, D] normalised input of the FFN. After attention only.
  virtual at::Tensor ffn_input(const TokenRows& rows);
  /// [M, D] what the FFN adds to the rows: the oracle of FFN criteria. Reused by the FFN itself
  /// when the method selects rows that were asked for here.
  virtual at::Tensor ffn_output(const TokenRows& rows);

 protected:
  LayerContext(const Model& model, int64_t layer, WorkMeter& meter)
      : model_(model), layer_(layer), meter_(meter) {}

  const Model& model_;
  int64_t layer_;
  WorkMeter& meter_;

 private:
  [[noreturn]] void refuse(std::string_view question) const;
};

}  // namespace skipbench
