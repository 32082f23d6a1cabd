#include "harness/store/claims.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "harness/base/sha256.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

// 60 bits of the name's hash: a byte's place in the file, which stays empty.
off_t place_of(const std::string& name) {
  return static_cast<off_t>(std::stoull(sha256_hex(name).substr(0, 15), nullptr, 16));
}

// Locks of open files, not of processes: SQLite's own files have the other kind, which a process
// loses when it closes any descriptor of the file.
int set_lock_of_open_file(int descriptor, struct flock& lock) {
  return fcntl(descriptor, F_OFD_SETLK, &lock);
}

constexpr off_t kWholeFile = 0;  // a length of 0 reaches to the end, wherever that is

}  // namespace

Claims::Claims(const std::filesystem::path& database) : Claims(database, set_lock_of_open_file) {}

Claims::Claims(const std::filesystem::path& database, SetLock set_lock)
    : file_(database.string() + "-claims"), set_lock_(std::move(set_lock)) {
  open();
}

Claims::~Claims() {
  if (descriptor_ < 0) return;
  lock(F_UNLCK, 0, kWholeFile);
  // With all of it locked nobody has a claim; who takes one now finds the file gone and makes it
  // anew.
  if (lock(F_WRLCK, 0, kWholeFile) && is_the_file()) unlink(file_.c_str());
  close(descriptor_);
}

bool Claims::lock(short type, off_t start, off_t length) const {
  struct flock wanted {};
  wanted.l_type = type;
  wanted.l_whence = SEEK_SET;
  wanted.l_start = start;
  wanted.l_len = length;
  return set_lock_(descriptor_, wanted) == 0;
}

void Claims::open() {
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ >= 0) return;
  throw InputError(fmt::format(
      "{}: cannot be opened for writing: {}. With it, runs on one database tell each other which "
      "samples they measure. If no other run uses the database, remove it; else make it writable, "
      "or give --db a place in a folder that is",
      file_.string(), strerror(errno)));
}

bool Claims::is_the_file() const {
  struct stat mine {
  }, named{};
  return fstat(descriptor_, &mine) == 0 && stat(file_.c_str(), &named) == 0 &&
         mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
}

bool Claims::take(const std::string& name) {
  // Another run may have removed the file between opening and locking it.
  while (lock(F_WRLCK, place_of(name), 1)) {
    if (is_the_file()) return true;
    open();
  }
  if (errno == EAGAIN || errno == EACCES) return false;
  throw InputError(fmt::format(
      "{}: cannot be locked: {}. By locks in it runs on one database tell each other which samples "
      "they measure; the file system there seems to have none. Give --db a place on a disk of this "
      "machine, and copy the database when the run has ended",
      file_.string(), strerror(errno)));
}

void Claims::give_back(const std::string& name) {
  lock(F_UNLCK, place_of(name), 1);
}

}  // namespace skipbench
