#pragma once

namespace skipbench {

/// Probability that a standard normal variable is at most x.
double normal_cdf(double x);

/// Its inverse for p in (0, 1): the rational start of Abramowitz and Stegun ("Handbook of
/// Mathematical Functions", 26.2.23), made exact to rounding by Newton's method.
double normal_quantile(double p);

}  // namespace skipbench
