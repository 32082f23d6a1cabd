#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>

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

  /// Copies `count` bytes from `offset` on to `out` with a read of the file: for large parts faster
  /// than touching their pages one by one, and a file that shrank meanwhile is an InputError, not a
  /// signal. Safe from many threads.
  void read(uint64_t offset, size_t count, char* out) const;

 private:
  /// Closes itself.
  struct Descriptor {
    int value = -1;
    Descriptor() = default;
    Descriptor(Descriptor&& other) noexcept : value(std::exchange(other.value, -1)) {}
    ~Descriptor();
  };

  std::filesystem::path path_;
  Descriptor descriptor_;
  const char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace skipbench
