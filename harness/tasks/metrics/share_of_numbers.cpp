#include "harness/tasks/metrics/share_of_numbers.h"

#include <algorithm>
#include <vector>

#include "harness/tasks/metrics/unicode.h"

namespace skipbench {

double share_of_numbers(std::string_view prediction, std::string_view right) {
  const std::vector<std::string_view> numbers = numbers_in(prediction);
  if (numbers.empty()) return 0.0;
  return static_cast<double>(std::count(numbers.begin(), numbers.end(), right)) /
         static_cast<double>(numbers.size());
}

}  // namespace skipbench
