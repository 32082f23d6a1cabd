#include "harness/statistics/holm.h"

#include <algorithm>

namespace skipbench {

void holm_adjust(std::vector<double*> p_values) {
  std::stable_sort(p_values.begin(), p_values.end(),
                   [](const double* a, const double* b) { return *a < *b; });
  double largest = 0;
  for (size_t rank = 0; rank < p_values.size(); ++rank) {
    const auto left = static_cast<double>(p_values.size() - rank);
    largest = std::max(largest, std::min(1.0, left * *p_values[rank]));
    *p_values[rank] = largest;
  }
}

}  // namespace skipbench
