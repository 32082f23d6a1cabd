#pragma once

#include <span>
#include <string>

namespace skipbench {

// Numbers as the published scorers compute and print them; a published table shows the last digit.

/// repr() of a Python float: the fewest digits from which the same double is read back.
std::string python_repr(double value);

/// Python's round(value, 2): the exact value is rounded, a tie goes to the even digit.
double python_round_2(double value);

/// numpy.mean() of doubles: pairwise summation in blocks of 128. NaN for none.
double numpy_mean(std::span<const double> values);

/// round(value, 2) of a NumPy double, which rounds 100 * value: 2.675 becomes 2.68, where Python's
/// round gives 2.67.
double numpy_round_2(double value);

}  // namespace skipbench
