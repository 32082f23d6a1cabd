#include "harness/store/access_problem.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace skipbench {
namespace {

// 0, or an errno.
int refusal(const std::filesystem::path& path, int rights) {
  return faccessat(AT_FDCWD, path.c_str(), rights, AT_EACCESS) == 0 ? 0 : errno;
}

}  // namespace

std::string access_problem(const std::filesystem::path& file) {
  const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
  const bool is_there = refusal(file, F_OK) == 0;
  if (const int error = is_there ? refusal(file, R_OK) : 0; error != 0) {
    return fmt::format(": {}; make it readable (chmod u+r)", std::strerror(error));
  }
  if (const int error = is_there ? refusal(file, W_OK) : 0; error != 0) {
    return fmt::format(": {}; make it writable (chmod u+w), or work on a copy",
                       std::strerror(error));
  }
  if (const int error = refusal(folder, W_OK | X_OK); error != 0) {
    return fmt::format(": the folder {}: {}; put the database where you may write", folder.string(),
                       std::strerror(error));
  }
  return "";
}

}  // namespace skipbench
