#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace skipbench {

/// A file's content mapped read-only into memory for the life of the object.
class MappedFile {
 public:
  /// Throws InputError naming the file and the reason: it does not exist, is no regular file, may
  /// not be read. An empty file maps to empty bytes.
  explicit MappedFile(std::filesystem::path file);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string_view bytes() const { return {data_, size_}; }

 private:
  std::filesystem::path path_;
  const char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace skipbench
