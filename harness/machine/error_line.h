#pragma once

#include <exception>
#include <string>

namespace skipbench {

/// What an exception says, in one line: Torch's messages carry a stack trace after the first.
std::string error_line(const std::exception& error);

}  // namespace skipbench
