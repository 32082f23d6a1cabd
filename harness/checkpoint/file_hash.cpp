#include "harness/checkpoint/file_hash.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

#include "harness/base/sha256.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

namespace fs = std::filesystem;

/// "SIZE MTIME": what changes when the file does.
std::string fingerprint(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error) throw InputError(fmt::format("cannot read '{}': {}", file.string(), error.message()));
  return fmt::format("{} {}", size, fs::last_write_time(file).time_since_epoch().count());
}

}  // namespace

std::string cached_file_hash(const fs::path& file) {
  const fs::path memory = file.string() + ".sha256";
  const std::string current = fingerprint(file);
  std::string hash, remembered;
  if (std::ifstream stream(memory); stream >> hash && std::getline(stream >> std::ws, remembered)) {
    if (remembered == current && hash.size() == 64) return hash;
  }
  hash = sha256_file_hex(file);
  // Renamed into place, so that a reader at the same time sees all of it or nothing.
  const fs::path temporary = fmt::format("{}.{}", memory.string(), getpid());
  std::error_code ignored;
  if (std::ofstream(temporary) << hash << ' ' << current << '\n') {
    fs::rename(temporary, memory, ignored);
  }
  return hash;
}

}  // namespace skipbench
