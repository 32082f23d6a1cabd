#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>

#include "kernels/model/token_rows.h"

namespace skipbench {

/// What attention works on: the queries of M tokens that ask, keys and values of V visible ones.
struct AttentionInputs {
  at::Tensor queries;       // [M, H, d], rotated
  at::Tensor keys, values;  // [V, Hkv, d], keys rotated
  /// Whether each has room after its rows for attention's padding (ops/row_buffer.h).
  bool room = false;
};

/// A layer's attention as a method sees it afterwards: V visible tokens, of which M asked. Ranks
/// count among the visible tokens. M < V only where the visible tokens are all living ones.
class SeenAttention {
 public:
  SeenAttention(TokenRows asking, TokenRows visible, AttentionInputs inputs)
      : asking_(std::move(asking)), visible_(std::move(visible)), inputs_(std::move(inputs)) {}

  int64_t visible() const { return visible_.count(); }
  int64_t asking() const { return asking_.count(); }
  /// Every visible token asked, as in full attention.
  bool all_ask() const { return asking() == visible(); }
  /// The visible tokens among the living ones.
  const TokenRows& visible_rows() const { return visible_; }

  const at::Tensor& queries() const { return inputs_.queries; }  // [M, H, d], rotated
  const at::Tensor& keys() const { return inputs_.keys; }        // [V, Hkv, d], rotated
  const at::Tensor& values() const { return inputs_.values; }    // [V, Hkv, d]
  const AttentionInputs& inputs() const { return inputs_; }

  /// [count] int64, ascending: the ranks of the queries from `first` on.
  at::Tensor ranks(int64_t first, int64_t count) const;
  /// Causal pairs of the queries from `first` on; waits for the device unless all tokens ask.
  int64_t pairs_from(int64_t first) const;

 private:
  TokenRows asking_, visible_;
  AttentionInputs inputs_;
};

}  // namespace skipbench
