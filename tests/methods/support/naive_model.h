#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "kernels/model/prompt.h"
#include "kernels/model/weights.h"
#include "tests/methods/support/outcome.h"

namespace skipbench::test {

/// A decoder layer written down a second time: double precision, every token computed, selections
/// by masks. Shares no code with kernels/ or methods/. N: all tokens of the prompt.
class NaiveLayer {
 public:
  NaiveLayer(const Model& model, int64_t layer, const at::Tensor& hidden);

  at::Tensor queries() const { return queries_; }  // [N, H, d], rotated
  // [N, H, d], repeated for each query head; keys rotated
  at::Tensor keys() const { return keys_; }
  at::Tensor values() const { return values_; }

  /// [N, D] attention output of every token over the keys at `visible`, causal.
  at::Tensor attention(const Positions& visible) const;
  /// [N, D] heads [N, H, d] through the attention's output projection.
  at::Tensor project(const at::Tensor& heads) const;
  /// [D] attention output of one token over the keys at `visible`: one list for all heads, or one
  /// for each KV head or query head. With `side_by_side` the keys are turned to where they stand
  /// side by side up to the token.
  at::Tensor attention_of(int64_t token, const std::vector<Positions>& visible,
                          bool side_by_side = false) const;
  /// [N, D] normalised FFN input of the residual stream x, and the FFN of it.
  at::Tensor ffn_input(const at::Tensor& x) const;
  at::Tensor ffn(const at::Tensor& x) const;

  /// Mean attention of the last `window` tokens of `live` to each of them: [N], 0 elsewhere.
  std::vector<double> probe(const Positions& live, int64_t window) const;
  /// What each of those last tokens pays, by query head: [w, H, N], 0 where it does not look.
  at::Tensor probe_weights(const Positions& live, int64_t window) const;

 private:
  at::Tensor turned_key(int64_t token, int64_t head, int64_t by) const;

  const ModelConfig& config_;
  LayerWeights weights_;
  at::Tensor queries_, keys_, values_;
};

/// x[rows] += update[rows]
void add_rows(at::Tensor& x, const Positions& rows, const at::Tensor& update);
/// Euclidean norm of each row of x [N, D].
std::vector<double> norms(const at::Tensor& x);

at::Tensor naive_embedding(const Model& model, const Prompt& prompt);   // [N, D]
at::Tensor naive_logits(const Model& model, const at::Tensor& hidden);  // [V], last token
/// 0, 1, ... n - 1
Positions all_positions(int64_t n);

}  // namespace skipbench::test
