#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>
#include <c10/core/Stream.h>

#include <optional>
#include <vector>

#include "harness/base/mapped_file.h"
#include "harness/checkpoint/hf/safetensors_header.h"
#include "harness/checkpoint/load_progress.h"

namespace skipbench {

/// Reads tensors from files into weights on a device: many threads read a piece of the file into a
/// pinned buffer (which LibTorch keeps until the copies that use it are done) while the pieces
/// before it are still on their way to the device. On the CPU, and in the same dtype, pieces are
/// read into the weight itself.
class WeightStream {
 public:
  WeightStream(at::Device device, LoadProgress& progress);

  /// Fills `target`, contiguous, of the device, with the tensor at `place` (F32, F16 or BF16, as
  /// many elements as the target), converted to the target's dtype. Returns while copies are under
  /// way.
  void load(const MappedFile& file, const SafetensorsTensor& place, const at::Tensor& target);
  /// Waits for all copies.
  void finish();

 private:
  struct Buffer {
    at::Tensor bytes;  // [piece] uint8, pinned where there is a device
    std::optional<c10::Event> copied;
  };
  Buffer& next_buffer();
  void read(const MappedFile& file, uint64_t begin, size_t count, char* out);

  at::Device device_;
  LoadProgress& progress_;
  std::optional<c10::Stream> stream_;
  std::vector<Buffer> buffers_;
  size_t next_ = 0;
};

}  // namespace skipbench
