#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "methods/interface/parameters.h"

namespace skipbench {

/// The parameters of a method or task as text: for each its type, default, range and source on one
/// line and its help below. Ends with a newline.
std::string parameter_table(const std::vector<FieldDescription>& fields);

/// `name` and `summary` in two columns, the first `width` wide.
std::string listing_line(std::string_view name, std::string_view summary, size_t width);

}  // namespace skipbench
