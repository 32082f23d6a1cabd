#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

namespace skipbench {

/// A selection among the T living tokens: ascending, unique ranks on the device. The count is
/// known on the host without waiting for the device.
class TokenRows {
 public:
  /// Every living token; no gather takes place.
  static TokenRows all(int64_t live) { return TokenRows(live, live, {}); }
  /// No token.
  static TokenRows none(int64_t live) { return TokenRows(0, live, {}); }
  /// `indices`: [M] int64, ascending and unique, each in [0, live): looked at as ops/contract.h
  /// says. Takes the gathered path also when M == live.
  static TokenRows of(at::Tensor indices, int64_t live);

  int64_t count() const { return count_; }
  int64_t live() const { return live_; }
  bool selects_all() const { return count_ == live_ && !indices_.defined(); }
  bool empty() const { return count_ == 0; }

  /// [M] int64 on `device`; made on demand when every token is selected.
  at::Tensor indices(at::Device device) const;

 private:
  TokenRows(int64_t count, int64_t live, at::Tensor indices)
      : count_(count), live_(live), indices_(std::move(indices)) {}
  int64_t count_;
  int64_t live_;
  at::Tensor indices_;
};

/// These throw ContractError in the name of `who`, where the device is looked at (ops/contract.h).

/// The last living token is among the rows.
void require_last(const TokenRows& rows, at::Device device, std::string_view who);
/// Each of `ranks` (any shape, int64) is among the rows.
void require_among(const TokenRows& rows, const at::Tensor& ranks, std::string_view who);
/// Each of `some` is among the rows.
void require_among(const TokenRows& rows, const TokenRows& some, at::Device device,
                   std::string_view who);

/// The selected rows of x [T, ...]: x itself when all are selected, else a gathered copy [M, ...].
at::Tensor gather(const at::Tensor& x, const TokenRows& rows);

/// x[rows] += update, in place. update: [M, ...].
void scatter_add(at::Tensor& x, const TokenRows& rows, const at::Tensor& update);

}  // namespace skipbench
