#include "harness/checkpoint/weight_stream.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>

#include "kernels/base/check.h"

namespace skipbench {
namespace {

constexpr int64_t kDeviceBuffers = 4;
constexpr int64_t kDevicePiece = int64_t{32} << 20;  // bytes
constexpr int64_t kHostPiece = int64_t{4} << 20;     // stays in the cache until it is converted
constexpr int64_t kBytesPerRead = int64_t{1} << 20;

at::ScalarType scalar_type(const std::string& dtype) {
  if (dtype == "F32") return at::kFloat;
  if (dtype == "F16") return at::kHalf;
  require(dtype == "BF16", "WeightStream: dtype {}", dtype);
  return at::kBFloat16;
}

}  // namespace

WeightStream::WeightStream(at::Device device, LoadProgress& progress)
    : device_(device), progress_(progress) {
  if (device_.is_cpu()) {
    buffers_.push_back({at::empty({kHostPiece}, at::kByte), std::nullopt});
    return;
  }
  stream_ = c10::impl::VirtualGuardImpl(device_.type()).getStream(device_);
  for (int64_t i = 0; i < kDeviceBuffers; ++i) {
    buffers_.push_back({at::empty({kDevicePiece}, at::TensorOptions(at::kByte).pinned_memory(true)),
                        c10::Event(device_.type())});
  }
}

void WeightStream::finish() {
  for (const Buffer& buffer : buffers_) {
    if (buffer.copied) buffer.copied->synchronize();
  }
}

WeightStream::Buffer& WeightStream::next_buffer() {
  Buffer& buffer = buffers_[next_];
  next_ = (next_ + 1) % buffers_.size();
  if (buffer.copied) buffer.copied->synchronize();
  return buffer;
}

void WeightStream::read(const MappedFile& file, uint64_t begin, size_t count, char* out) {
  const auto bytes = static_cast<int64_t>(count);
  const int64_t reads = (bytes + kBytesPerRead - 1) / kBytesPerRead;
  at::parallel_for(0, reads, 1, [&](int64_t first, int64_t last) {
    const int64_t from = first * kBytesPerRead, to = std::min(last * kBytesPerRead, bytes);
    file.read(begin + static_cast<uint64_t>(from), static_cast<size_t>(to - from), out + from);
  });
  progress_.add(bytes);
}

void WeightStream::load(const MappedFile& file, const SafetensorsTensor& place,
                        const at::Tensor& target) {
  const at::ScalarType stored = scalar_type(place.dtype);
  const auto element = static_cast<int64_t>(c10::elementSize(stored));
  const int64_t elements = target.numel();
  require(static_cast<uint64_t>(elements * element) == place.bytes(),
          "WeightStream: {} bytes for {} elements of {}", place.bytes(), elements, place.dtype);
  const at::Tensor flat = target.view({-1});
  const bool same = stored == target.scalar_type();
  if (device_.is_cpu() && same) {
    read(file, place.begin, place.bytes(), static_cast<char*>(flat.mutable_data_ptr()));
    return;
  }
  const int64_t piece = buffers_.front().bytes.numel() / element;
  for (int64_t first = 0; first < elements; first += piece) {
    const int64_t count = std::min(piece, elements - first);
    Buffer& buffer = next_buffer();
    read(file, place.begin + static_cast<uint64_t>(first * element),
         static_cast<size_t>(count * element), static_cast<char*>(buffer.bytes.mutable_data_ptr()));
    const at::Tensor numbers = buffer.bytes.narrow(0, 0, count * element).view(stored);
    // A copy that also converts would do so on the host: the device converts what has arrived.
    const bool convert_there = !device_.is_cpu() && !same;
    flat.narrow(0, first, count)
        .copy_(convert_there ? numbers.to(device_, /*non_blocking=*/true) : numbers,
               /*non_blocking=*/true);
    if (buffer.copied) buffer.copied->record(*stream_);
  }
}

}  // namespace skipbench
