#pragma once

#include <vector>

namespace skipbench {

/// Makes p-values larger, in place, for being some of many: at most one family in twenty then has a
/// false finding at 5% (Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979).
/// They stay at most 1.
void holm_adjust(std::vector<double*> p_values);

}  // namespace skipbench
