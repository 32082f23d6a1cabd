#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>
#include <c10/core/Stream.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace skipbench {

/// Copies between device and host memory beside the computation: on a GPU on a stream of their own,
/// on the CPU at once.
class CopyStream {
 public:
  explicit CopyStream(at::Device device);

  /// Queues copies that read or write `tensors` of the device, behind the work queued so far.
  void run(int64_t layer, const std::vector<at::Tensor>& tensors,
           const std::function<void()>& copies);
  /// What is queued from now on waits for the layer's copies.
  void await(int64_t layer);

 private:
  at::Device device_;
  std::optional<c10::Stream> stream_;    // none on the CPU
  std::map<int64_t, c10::Event> ended_;  // by layer
};

}  // namespace skipbench
