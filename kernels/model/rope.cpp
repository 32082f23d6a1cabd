#include "kernels/model/rope.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace skipbench {

RopeTable::RopeTable(const ModelConfig& config, at::Device device) {
  const auto options = at::TensorOptions(device).dtype(at::kFloat);
  const at::Tensor exponent =
      at::arange(0, config.head_size, 2, options) / static_cast<double>(config.head_size);
  inverse_frequency_ = at::pow(config.rope_base, exponent).reciprocal();
  reserve(1024);
}

void RopeTable::reserve(int64_t length) {
  const int64_t have = cosine_.defined() ? cosine_.size(0) : 0;
  if (length <= have) return;
  const at::Tensor positions = at::arange(std::max(length, 2 * have), inverse_frequency_.options());
  const at::Tensor angle = positions.unsqueeze(1) * inverse_frequency_;  // [length, d / 2]
  cosine_ = angle.cos();
  sine_ = angle.sin();
}

RopeTable::Rotation RopeTable::at(const at::Tensor& positions) const {
  return {cosine_.index_select(0, positions), sine_.index_select(0, positions)};
}

}  // namespace skipbench
