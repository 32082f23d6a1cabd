#include "kernels/model/rope.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

using Kind = RopeScaling::Kind;

// base^(2i/d), [d / 2]: the positions over which pair i turns by one radian.
at::Tensor radian_lengths(const ModelConfig& config, double base, at::Device device) {
  const auto options = at::TensorOptions(device).dtype(at::kFloat);
  const auto size = static_cast<double>(config.head_size);
  return at::pow(base, at::arange(0, config.head_size, 2, options) / size);
}

double dynamic_base(const ModelConfig& config, int64_t length) {
  const RopeScaling& scaling = config.rope_scaling;
  const auto size = static_cast<double>(config.head_size);
  const double reach = static_cast<double>(std::max(length, scaling.original_context)) /
                       static_cast<double>(scaling.original_context);
  const double growth = scaling.factor * reach - (scaling.factor - 1);
  return config.rope_base * std::pow(growth, size / (size - 2));
}

// The pair that turns `rotations` times over the original context (not a whole number).
double pair_of_rotations(const ModelConfig& config, double rotations) {
  const auto context = static_cast<double>(config.rope_scaling.original_context);
  return static_cast<double>(config.head_size) *
         std::log(context / (rotations * 2 * std::numbers::pi)) / (2 * std::log(config.rope_base));
}

at::Tensor yarn_frequencies(const ModelConfig& config, const at::Tensor& lengths) {
  const RopeScaling& scaling = config.rope_scaling;
  double first = pair_of_rotations(config, scaling.beta_fast);
  double last = pair_of_rotations(config, scaling.beta_slow);
  if (scaling.whole_pairs) {
    first = std::floor(first);
    last = std::ceil(last);
  }
  first = std::max(first, 0.0);
  last = std::min(last, static_cast<double>(config.head_size - 1));
  if (first == last) last += 0.001;
  const at::Tensor pair = at::arange(config.head_size / 2, lengths.options());
  const at::Tensor kept = 1 - ((pair - first) / (last - first)).clamp(0, 1);  // 1: not interpolated
  return (lengths * scaling.factor).reciprocal() * (1 - kept) + lengths.reciprocal() * kept;
}

at::Tensor llama3_frequencies(const RopeScaling& scaling, const at::Tensor& frequencies) {
  const auto context = static_cast<double>(scaling.original_context);
  const double low = scaling.low_frequency, high = scaling.high_frequency;
  const at::Tensor wavelength = 2 * std::numbers::pi / frequencies;
  const at::Tensor slow = frequencies / scaling.factor;
  const at::Tensor blend = (context / wavelength - low) / (high - low);
  const at::Tensor between = (1 - blend) * slow + blend * frequencies;
  return at::where(wavelength > context / low, slow,
                   at::where(wavelength < context / high, frequencies, between));
}

}  // namespace

at::Tensor rope_frequencies(const ModelConfig& config, int64_t length, at::Device device) {
  const RopeScaling& scaling = config.rope_scaling;
  const bool dynamic = scaling.kind == Kind::kDynamic;
  const double base = dynamic ? dynamic_base(config, length) : config.rope_base;
  const at::Tensor lengths = radian_lengths(config, base, device);
  switch (scaling.kind) {
    case Kind::kNone:
    case Kind::kDynamic:
      return lengths.reciprocal();
    case Kind::kLinear:
      return lengths.reciprocal() / scaling.factor;
    case Kind::kYarn:
      return yarn_frequencies(config, lengths);
    case Kind::kLlama3:
      return llama3_frequencies(scaling, lengths.reciprocal());
    case Kind::kDivisors:
      return (lengths * at::tensor(scaling.divisors).to(device)).reciprocal();
  }
  throw ContractError("rope_frequencies: not a kind");
}

RopeTable::RopeTable(const ModelConfig& config, at::Device device) : config_(config) {
  frequencies_ = rope_frequencies(config_, 0, device);
  reserve(1024);
}

void RopeTable::reserve(int64_t length) {
  const RopeScaling& scaling = config_.rope_scaling;
  if (scaling.kind == Kind::kDynamic) {
    const int64_t scaled_for = std::max(length, scaling.original_context);
    if (scaled_for != frequencies_for_) {
      frequencies_ = rope_frequencies(config_, scaled_for, frequencies_.device());
      frequencies_for_ = scaled_for;
      cosine_ = sine_ = at::Tensor();
    }
  }
  const int64_t have = cosine_.defined() ? cosine_.size(0) : 0;
  if (length <= have) return;
  const at::Tensor positions = at::arange(std::max(length, 2 * have), frequencies_.options());
  const at::Tensor angle = positions.unsqueeze(1) * frequencies_;  // [length, d / 2]
  cosine_ = angle.cos() * scaling.attention_factor;
  sine_ = angle.sin() * scaling.attention_factor;
}

}  // namespace skipbench
