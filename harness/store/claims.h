#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>

struct flock;

namespace skipbench {

/// Which samples are being measured now, so that several runs on one database share the work and
/// measure nothing twice. A claim is a lock on one byte of the file "<database>-claims", at the
/// hash of the sample's name: the system drops it when the process ends, however it ends.
class Claims {
 public:
  /// Sets a lock of an open file as fcntl(descriptor, F_OFD_SETLK, &lock) does.
  using SetLock = std::function<int(int descriptor, struct flock& lock)>;

  /// Throws InputError when the file cannot be opened: nobody would know who measures what.
  explicit Claims(const std::filesystem::path& database);
  Claims(const std::filesystem::path& database, SetLock set_lock);
  /// Gives all claims back and removes the file unless another run has some.
  ~Claims();
  Claims(const Claims&) = delete;
  Claims& operator=(const Claims&) = delete;

  /// False when another run measures it now. Throws InputError where the file system knows no
  /// locks: nobody could know that.
  bool take(const std::string& name);
  void give_back(const std::string& name);

 private:
  /// Whether it was set, and no other process has one there; errno says why else.
  bool lock(short type, off_t start, off_t length) const;
  void open();
  bool is_the_file() const;

  std::filesystem::path file_;
  SetLock set_lock_;
  int descriptor_ = -1;
};

}  // namespace skipbench
