#pragma once

#include <string>

namespace skipbench {

/// "41 s", "3:07", "2:05:33".
std::string duration_text(double seconds);

}  // namespace skipbench
