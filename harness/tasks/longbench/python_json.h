#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "kernels/base/json.h"

namespace skipbench {

/// One JSON text as Python's json module reads it, which lets half of a surrogate pair pass
/// ("\ud83d" alone, left by a reply that was cut inside a character): it becomes U+FFFD. Throws
/// as parse_json() does.
Json parse_python_json(std::string_view text, const std::string& file, size_t first_line = 1);

}  // namespace skipbench
