#include "harness/base/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const char* reason) {
  throw InputError(fmt::format("cannot read '{}': {}", file.string(), reason));
}

/// Closes the descriptor on every way out; the mapping outlives it.
struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) close(value);
  }
};

}  // namespace

MappedFile::MappedFile(std::filesystem::path file) : path_(std::move(file)) {
  const Descriptor descriptor{open(path_.c_str(), O_RDONLY | O_CLOEXEC)};
  if (descriptor.value < 0) fail(path_, std::strerror(errno));
  struct stat status {};
  if (fstat(descriptor.value, &status) != 0) fail(path_, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) fail(path_, "not a regular file");
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return;  // mmap refuses length 0
  void* mapping = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.value, 0);
  if (mapping == MAP_FAILED) fail(path_, std::strerror(errno));
  data_ = static_cast<const char*>(mapping);
  size_ = size;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<char*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

}  // namespace skipbench
