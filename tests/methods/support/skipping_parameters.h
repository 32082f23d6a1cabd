#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/json.h"

namespace skipbench::test {

/// Parameters that make a method, or a combination, skip on the tiny model.
Json skipping_parameters(std::string_view method);

/// The registry's methods and a few combinations of them.
std::vector<std::string> method_names();
/// A method's name as a part of a test's.
std::string test_name(std::string method);

}  // namespace skipbench::test
