#include "kernels/model/copy_stream.h"

#include <ATen/ATen.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace skipbench {

CopyStream::CopyStream(at::Device device) : device_(device) {
  if (device.is_cpu()) return;
  stream_ = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
}

void CopyStream::run(int64_t layer, const std::vector<at::Tensor>& tensors,
                     const std::function<void()>& copies) {
  if (!stream_) {
    copies();
    return;
  }
  c10::Event begun(device_.type());
  begun.record(c10::impl::VirtualGuardImpl(device_.type()).getStream(device_));
  begun.block(*stream_);
  {
    const c10::StreamGuard guard(*stream_);
    copies();
  }
  // Their memory is not given to anyone before the copies are through.
  for (const at::Tensor& tensor : tensors) tensor.record_stream(*stream_);
  ended_.erase(layer);
  ended_.emplace(layer, device_.type()).first->second.record(*stream_);
}

void CopyStream::await(int64_t layer) {
  const auto ended = ended_.find(layer);
  if (ended == ended_.end()) return;
  ended->second.block(c10::impl::VirtualGuardImpl(device_.type()).getStream(device_));
  ended_.erase(ended);
}

}  // namespace skipbench
