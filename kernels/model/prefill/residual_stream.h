#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>

#include "kernels/model/token_rows.h"

namespace skipbench {

/// The residual stream of the T living tokens. What joins a part of its rows is kept until the rows
/// are read: when a norm of all of them comes next, it adds in the same pass.
class ResidualStream {
 public:
  ResidualStream() = default;
  /// hidden: [T, D], which is written to in place.
  explicit ResidualStream(at::Tensor hidden) : hidden_(std::move(hidden)) {}

  int64_t live() const { return hidden_.size(0); }
  at::TensorOptions options() const { return hidden_.options(); }

  /// hidden[rows] += update. update: [M, D], not written to while the stream lives.
  void add(const TokenRows& rows, at::Tensor update);

  /// [T, D] with all that has joined it.
  const at::Tensor& hidden();

  /// The RMSNorm of all rows, [T, D].
  at::Tensor norm(const at::Tensor& weight, double epsilon);
  /// The RMSNorm of the rows alone, [M, D].
  at::Tensor norm(const TokenRows& rows, const at::Tensor& weight, double epsilon);

  /// Only `rows` stay.
  void keep(const TokenRows& rows);

 private:
  at::Tensor hidden_;
  TokenRows rows_ = TokenRows::none(0);
  at::Tensor update_;  // of rows_, still to be added; undefined: nothing
};

}  // namespace skipbench
