#pragma once

#include <filesystem>
#include <string>

namespace skipbench {

/// Which samples are being measured now, so that several runs on one database share the work and
/// measure nothing twice. A claim is a lock on one byte of the file "<database>-claims", at the
/// hash of the sample's name: the system drops it when the process ends, however it ends.
class Claims {
 public:
  /// Throws InputError when the file cannot be opened: nobody would know who measures what.
  explicit Claims(const std::filesystem::path& database);
  /// Gives all claims back and removes the file unless another run has some.
  ~Claims();
  Claims(const Claims&) = delete;
  Claims& operator=(const Claims&) = delete;

  /// False when another run measures it now. Always true where the file system knows no locks:
  /// then a sample may be measured twice, and stored once.
  bool take(const std::string& name);
  void give_back(const std::string& name);

 private:
  void open();
  bool is_the_file() const;

  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace skipbench
