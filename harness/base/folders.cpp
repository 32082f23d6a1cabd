#include "harness/base/folders.h"

#include <cstdlib>
#include <optional>
#include <system_error>

namespace skipbench {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> from_environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? std::optional<fs::path>(value) : std::nullopt;
}

/// share/skipbench beside the program's bin/; nothing for one that was not installed.
std::optional<fs::path> installed_home() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return std::nullopt;
  const fs::path home = program.parent_path().parent_path() / "share/skipbench";
  return fs::is_directory(home / "experiments", error) ? std::optional(home) : std::nullopt;
}

fs::path users_cache() {
  if (const auto folder = from_environment("XDG_CACHE_HOME")) return *folder;
  return from_environment("HOME").value_or("/tmp") / ".cache";
}

}  // namespace

fs::path home_folder() {
  if (const auto home = from_environment("SKIPBENCH_HOME")) return *home;
  return installed_home().value_or(SKIPBENCH_SOURCE_DIR);
}

fs::path cache_folder() {
  if (const auto cache = from_environment("SKIPBENCH_CACHE")) return *cache;
  return installed_home() ? users_cache() / "skipbench" : home_folder() / ".cache";
}

fs::path shipped_file(const fs::path& file) {
  if (file.is_absolute() || fs::exists(file)) return file;
  fs::path shipped = home_folder() / file;
  return fs::exists(shipped) ? shipped : file;
}

}  // namespace skipbench
