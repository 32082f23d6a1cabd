#include "harness/statistics/student_t.h"

#include <cmath>
#include <numbers>

#include "kernels/base/check.h"

namespace skipbench {
namespace {

/// The probability that |t| is at most sqrt(degrees) tan(angle), for an angle in (0, pi / 2).
double central_probability(double angle, int64_t degrees) {
  const bool is_odd = degrees % 2 == 1;
  const double square = std::cos(angle) * std::cos(angle);
  double term = is_odd ? std::cos(angle) : 1, sum = 0;
  for (int64_t k = is_odd ? 1 : 0; k <= degrees - 2 && term > 1e-18; k += 2) {
    sum += term;
    term *= square * static_cast<double>(k + 1) / static_cast<double>(k + 2);
  }
  const double series = std::sin(angle) * sum;
  return is_odd ? 2 / std::numbers::pi * (angle + series) : series;
}

}  // namespace

double student_t_quantile(double p, int64_t degrees) {
  require(p > 0 && p < 1 && degrees >= 1, "no quantile of Student's t at p = {}, degrees = {}", p,
          degrees);
  if (p < 0.5) return -student_t_quantile(1 - p, degrees);
  double low = 0, high = std::numbers::pi / 2;
  constexpr int kHalvings = 60;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (central_probability(middle, degrees) < 2 * p - 1 ? low : high) = middle;
  }
  return std::sqrt(static_cast<double>(degrees)) * std::tan(low);
}

}  // namespace skipbench
