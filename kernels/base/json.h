#pragma once

#include <nlohmann/json.hpp>

namespace skipbench {

/// Keys are kept sorted, so equal values have equal text: dump() of a resolved config is hashed.
using Json = nlohmann::json;

}  // namespace skipbench
