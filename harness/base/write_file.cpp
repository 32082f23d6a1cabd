#include "harness/base/write_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

std::string remedy(const std::filesystem::path& path, int error) {
  switch (error) {
    case ENOENT:
      return fmt::format("make the folder {} first",
                         std::filesystem::absolute(path).parent_path().string());
    case EISDIR:
      return "name a file in it";
    case ENOTDIR:
    case EEXIST:
      return "a part of this path is a file; name another folder";
    case ENOSPC:
    case EDQUOT:
      return "make room, or choose another place";
    default:
      return "choose a place where you may write";
  }
}

[[noreturn]] void fail(std::string_view option, const std::filesystem::path& path, int error) {
  throw InputError(fmt::format("{} {}: cannot be written: {}", option, path.string(),
                               write_obstacle(path, error)));
}

// 0, or an errno.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

}  // namespace

std::string write_obstacle(const std::filesystem::path& path, int error) {
  return fmt::format("{}; {}", std::strerror(error), remedy(path, error));
}

void write_file(std::string_view option, const std::filesystem::path& file,
                std::string_view bytes) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) fail(option, file, errno);
  int error = write_all(descriptor, bytes);
  if (::close(descriptor) != 0 && error == 0) error = errno;
  if (error != 0) fail(option, file, error);
}

void require_writable_folder(std::string_view option, const std::filesystem::path& folder) {
  if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    fail(option, folder, errno);
  }
}

void make_folder(std::string_view option, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) fail(option, folder, error.value());
}

}  // namespace skipbench
