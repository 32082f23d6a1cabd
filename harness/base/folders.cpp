#include "harness/base/folders.h"

#include <cstdlib>

namespace skipbench {
namespace {

std::filesystem::path from_environment(const char* variable, std::filesystem::path otherwise) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? std::filesystem::path(value) : otherwise;
}

}  // namespace

std::filesystem::path home_folder() {
  return from_environment("SKIPBENCH_HOME", SKIPBENCH_SOURCE_DIR);
}

std::filesystem::path cache_folder() {
  return from_environment("SKIPBENCH_CACHE", home_folder() / ".cache");
}

}  // namespace skipbench
