#pragma once

#include <string>
#include <string_view>

#include "kernels/base/json.h"

namespace skipbench {

/// One JSON text as Python's json module reads it, which lets half of a surrogate pair pass
/// ("\ud83d" alone, left by a reply that was cut inside a character): it becomes U+FFFD. Throws
/// InputError that begins with `place`.
Json parse_python_json(std::string_view text, const std::string& place);

}  // namespace skipbench
