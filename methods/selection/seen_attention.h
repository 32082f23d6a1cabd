#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "kernels/model/layer_hooks.h"

namespace skipbench {

/// A layer's attention as a method sees it that decides after it: V visible tokens, of which the M
/// updated ones ask. Ranks count among the visible tokens. M < V only where the visible tokens are
/// all living ones, as everywhere in the model core.
class SeenAttention {
 public:
  SeenAttention(const AttentionRows& rows, const AttentionInputs& inputs)
      : rows_(rows), inputs_(inputs) {}

  int64_t visible() const { return rows_.visible.count(); }
  int64_t asking() const { return rows_.updated.count(); }
  /// Every visible token asks, as in full attention.
  bool all_ask() const { return asking() == visible(); }

  const at::Tensor& queries() const { return inputs_.queries; }  // [M, H, d], rotated
  const at::Tensor& keys() const { return inputs_.keys; }        // [V, Hkv, d], rotated

  /// [count] int64, ascending: the ranks of the queries from `first` on.
  at::Tensor ranks(int64_t first, int64_t count) const;
  /// Causal pairs of the queries from `first` on; waits for the device unless all tokens ask.
  int64_t pairs_from(int64_t first) const;

 private:
  const AttentionRows& rows_;
  const AttentionInputs& inputs_;
};

}  // namespace skipbench
