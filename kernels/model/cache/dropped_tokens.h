#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "kernels/model/point.h"
#include "kernels/model/token_rows.h"

namespace skipbench {

/// Hidden states of tokens that a method dropped in a layer and may bring back: each as it left the
/// last layer that computed it. A token has one, whatever the layer. Source: the auxiliary cache of
/// LazyLLM, arXiv 2407.14057.
class DroppedTokens {
 public:
  /// Of the living tokens, those that `kept` leaves out are set aside, all of a prompt in the same
  /// place of their layers. hidden: [T, D]; positions: [T] int64.
  void set_aside(const at::Tensor& hidden, const at::Tensor& positions, const TokenRows& kept,
                 Point point);
  void clear() { *this = {}; }

  /// [n, D] of the tokens at `positions` [n], all of them set aside.
  at::Tensor hidden(const at::Tensor& positions);
  /// These came as far as another layer: their states [n, D] are replaced.
  void replace(const at::Tensor& positions, const at::Tensor& hidden);
  /// So many came through all layers: their states are needed no more.
  void finish(int64_t count) { count_ -= count; }

  /// Where they left: after attention a token's last layer still has to run its FFN for it.
  Point point() const { return point_; }
  int64_t count() const { return count_; }
  int64_t bytes_in_use() const { return count_ * row_bytes_; }

  /// Tells that a copy of this object shares its tensors: they are copied before they change.
  void share() { shared_ = true; }

 private:
  void gather_parts();
  std::vector<at::Tensor> hidden_parts_, position_parts_;  // as layers set them aside
  at::Tensor hidden_;                                      // [A, D], once asked for
  at::Tensor slot_of_;                                     // [P] int64: by position, or -1
  int64_t count_ = 0, row_bytes_ = 0;
  Point point_ = Point::kAfterLayer;
  bool shared_ = false;
};

}  // namespace skipbench
