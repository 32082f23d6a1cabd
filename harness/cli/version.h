#pragma once

#include <string>

namespace skipbench {

/// What --version prints: program version, commit, build, Torch and CUDA.
std::string version_text();

}  // namespace skipbench
