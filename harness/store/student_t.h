#pragma once

#include <cstdint>

namespace skipbench {

/// The p-quantile, for p above 1/2, of Student's t distribution with so many degrees of freedom, at
/// least one: Hill, "Algorithm 396: Student's t-Quantiles" (Communications of the ACM, 1970), to
/// five digits.
double student_quantile(double p, int64_t degrees);

}  // namespace skipbench
