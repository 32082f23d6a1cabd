#pragma once

#include <span>
#include <vector>

namespace skipbench {

/// p-values made larger for being one of many: at most one family in twenty then has a false
/// finding at 5% (Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979). In the
/// order given, at most 1.
std::vector<double> holm_adjusted(std::span<const double> p_values);

}  // namespace skipbench
