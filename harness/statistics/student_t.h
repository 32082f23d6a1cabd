#pragma once

#include <cstdint>

namespace skipbench {

/// The p-quantile of Student's t for p in (0, 1), exact to rounding for p in [0.001, 0.999]: the
/// finite series of Abramowitz and Stegun ("Handbook of Mathematical Functions", 26.7.3
/// and 26.7.4), inverted by bisection. `degrees` of freedom: at least 1.
double student_t_quantile(double p, int64_t degrees);

}  // namespace skipbench
