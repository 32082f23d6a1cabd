#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace skipbench {

/// What of a C++ or CUDA source can change a program: comments are left out, and white space but
/// where it keeps two tokens apart or ends a directive.
std::string counted_text(std::string_view source);

/// The project's own headers that it includes: those in quotation marks.
std::vector<std::string> included_headers(std::string_view counted_text);

}  // namespace skipbench
