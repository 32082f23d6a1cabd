#include "kernels/model/rope_scaling.h"

#include <fmt/format.h>

#include <cmath>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

using Kind = RopeScaling::Kind;

[[noreturn]] void fail(const std::string& source, const std::string& problem) {
  throw InputError(fmt::format("{}: RoPE scaling: {}", source, problem));
}

void require_finite_positive(const std::string& source, std::string_view field, double value) {
  if (value > 0 && std::isfinite(value)) return;
  fail(source, fmt::format("{} is {}, expected a positive number", field, value));
}

void require_order(const std::string& source, std::string_view low_name, double low,
                   std::string_view high_name, double high) {
  require_finite_positive(source, low_name, low);
  require_finite_positive(source, high_name, high);
  if (low < high) return;
  fail(source, fmt::format("{} {} is not below {} {}", low_name, low, high_name, high));
}

void validate_divisors(const std::string& source, const std::vector<float>& divisors,
                       int64_t head_size) {
  if (static_cast<int64_t>(divisors.size()) != head_size / 2) {
    fail(source, fmt::format("{} divisors for {} pairs", divisors.size(), head_size / 2));
  }
  for (const float divisor : divisors) require_finite_positive(source, "a divisor", divisor);
}

}  // namespace

std::string_view rope_scaling_name(Kind kind) {
  switch (kind) {
    case Kind::kNone:
      return "none";
    case Kind::kLinear:
      return "linear";
    case Kind::kDynamic:
      return "dynamic";
    case Kind::kYarn:
      return "yarn";
    case Kind::kLlama3:
      return "llama3";
    case Kind::kDivisors:
      return "divisors";
  }
  throw ContractError("rope_scaling_name: not a kind");
}

void RopeScaling::validate(const std::string& source, int64_t head_size) const {
  if (kind == Kind::kNone) return;
  if (kind == Kind::kDivisors) return validate_divisors(source, divisors, head_size);
  if (!(factor >= 1) || !std::isfinite(factor)) {
    fail(source, fmt::format("factor is {}, expected a number from 1", factor));
  }
  if (kind == Kind::kLinear) return;
  if (original_context <= 0) fail(source, "the original context is missing");
  if (kind == Kind::kDynamic && head_size <= 2) fail(source, "dynamic needs a head size above 2");
  if (kind == Kind::kLlama3) {
    require_order(source, "low_freq_factor", low_frequency, "high_freq_factor", high_frequency);
  }
  if (kind == Kind::kYarn) {
    require_order(source, "beta_slow", beta_slow, "beta_fast", beta_fast);
    require_finite_positive(source, "attention_factor", attention_factor);
  }
}

double yarn_attention_factor(double factor, double mscale, double mscale_all_dim) {
  const auto term = [factor](double scale) {
    return factor <= 1 ? 1.0 : 0.1 * scale * std::log(factor) + 1.0;
  };
  if (mscale == 0 || mscale_all_dim == 0) return term(1);
  return term(mscale) / term(mscale_all_dim);
}

}  // namespace skipbench
