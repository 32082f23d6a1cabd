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

}  // namespace

MappedFile::Descriptor::~Descriptor() {
  if (value >= 0) close(value);
}

MappedFile::MappedFile(std::filesystem::path file) : path_(std::move(file)) {
  descriptor_.value = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_.value < 0) fail(path_, std::strerror(errno));
  struct stat status {};
  if (fstat(descriptor_.value, &status) != 0) fail(path_, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) fail(path_, "not a regular file");
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return;  // mmap refuses length 0
  void* mapping = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor_.value, 0);
  if (mapping == MAP_FAILED) fail(path_, std::strerror(errno));
  data_ = static_cast<const char*>(mapping);
  size_ = size;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<char*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::move(other.descriptor_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

void MappedFile::read(uint64_t offset, size_t count, char* out) const {
  while (count > 0) {
    const ssize_t got = pread(descriptor_.value, out, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path_, std::strerror(errno));
    if (got == 0) fail(path_, "it ends earlier than it did when it was opened");
    offset += static_cast<uint64_t>(got);
    count -= static_cast<size_t>(got);
    out += got;
  }
}

}  // namespace skipbench
