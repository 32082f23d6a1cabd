#pragma once

#include <string_view>

namespace skipbench {

/// The share of the numbers in the prediction that equal `right`; 0 when it holds no number.
double share_of_numbers(std::string_view prediction, std::string_view right);

}  // namespace skipbench
