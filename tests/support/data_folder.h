#pragma once

#include <cstdlib>
#include <filesystem>

namespace skipbench {

/// Third-party data that the repository does not carry: SKIPBENCH_DATA, or shared/data beside the
/// checkout. Tests that need it are skipped where it does not exist.
inline std::filesystem::path data_folder() {
  const char* given = std::getenv("SKIPBENCH_DATA");
  if (given != nullptr && *given != '\0') return given;
  return std::filesystem::path(SKIPBENCH_SOURCE_DIR) / ".." / "shared" / "data";
}

}  // namespace skipbench
