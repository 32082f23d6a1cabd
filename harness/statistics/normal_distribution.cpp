#include "harness/statistics/normal_distribution.h"

#include <cmath>
#include <numbers>

namespace skipbench {
namespace {

/// The upper quantile for p <= 1/2, absolute error below 4.5e-4.
double rough_upper_quantile(double p) {
  const double t = std::sqrt(-2 * std::log(p));
  return t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                 (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}

double density(double x) {
  return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
}

}  // namespace

double normal_cdf(double x) {
  return std::erfc(-x / std::numbers::sqrt2) / 2;
}

double normal_quantile(double p) {
  // In the lower tail, where p keeps its digits.
  if (p > 0.5) return -normal_quantile(1 - p);
  double x = -rough_upper_quantile(p);
  for (int i = 0; i < 3; ++i) x -= (normal_cdf(x) - p) / density(x);
  return x;
}

}  // namespace skipbench
