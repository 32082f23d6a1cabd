#pragma once

#include <string_view>

#include "kernels/base/json.h"

namespace skipbench::test {

/// Parameters that make the method skip on the tiny model. Written down in registry_test.cpp.
Json skipping_parameters(std::string_view method);

}  // namespace skipbench::test
