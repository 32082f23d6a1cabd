#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>
#include <c10/core/Stream.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace skipbench {

/// Copies between device and host memory beside the computation: on a GPU on a stream of their own,
/// one after the other; on the CPU at once.
class CopyStream {
 public:
  /// The end of copies that were queued; null where they are through.
  using End = std::shared_ptr<c10::Event>;

  explicit CopyStream(at::Device device);

  /// Queues copies that read or write `tensors` of the device, after the work queued so far.
  End run(const std::vector<at::Tensor>& tensors, const std::function<void()>& copies) const;
  /// What is queued from now on waits for the end of those copies.
  void await(const End& end) const;

 private:
  at::Device device_;
  std::optional<c10::Stream> stream_;  // none on the CPU
};

}  // namespace skipbench
