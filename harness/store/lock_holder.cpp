#include "harness/store/lock_holder.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace skipbench {
namespace {

// In WAL mode the locks are on the -shm file.
std::set<ino_t> inodes_of(const std::filesystem::path& database) {
  std::set<ino_t> inodes;
  for (const char* suffix : {"", "-shm"}) {
    struct stat file {};
    if (stat((database.string() + suffix).c_str(), &file) == 0) inodes.insert(file.st_ino);
  }
  return inodes;
}

// The words that the process was called with.
std::string command_of(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/cmdline", process), std::ios::binary);
  std::string words{std::istreambuf_iterator<char>(file), {}};
  while (!words.empty() && words.back() == '\0') words.pop_back();
  std::replace(words.begin(), words.end(), '\0', ' ');
  return words;
}

// The process and the inode of a line like "1: POSIX  ADVISORY  WRITE 4711 08:01:123456 120 120".
bool parse_write_lock(const std::string& line, pid_t& process, ino_t& inode) {
  std::istringstream words(line);
  std::string number, kind, strictness, access, file;
  words >> number >> kind >> strictness >> access >> process >> file;
  const size_t colon = file.rfind(':');
  if (!words || access != "WRITE" || colon == std::string::npos) return false;
  inode = std::strtoull(file.c_str() + colon + 1, nullptr, 10);
  return true;
}

}  // namespace

std::string lock_holder(const std::filesystem::path& database) {
  const std::set<ino_t> inodes = inodes_of(database);
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    pid_t process = 0;
    ino_t inode = 0;
    if (!parse_write_lock(line, process, inode)) continue;
    if (process <= 0 || process == getpid() || !inodes.contains(inode)) continue;
    const std::string command = command_of(process);
    return command.empty() ? fmt::format("process {}", process)
                           : fmt::format("process {} ({})", process, command);
  }
  return "";
}

}  // namespace skipbench
