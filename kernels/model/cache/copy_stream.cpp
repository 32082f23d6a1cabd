#include "kernels/model/cache/copy_stream.h"

#include <ATen/ATen.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace skipbench {

CopyStream::CopyStream(at::Device device) : device_(device) {
  if (device.is_cpu()) return;
  stream_ = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
}

CopyStream::End CopyStream::run(const std::vector<at::Tensor>& tensors,
                                const std::function<void()>& copies) const {
  if (!stream_) {
    copies();
    return nullptr;
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
  auto end = std::make_shared<c10::Event>(device_.type());
  end->record(*stream_);
  return end;
}

void CopyStream::await(const End& end) const {
  if (end) end->block(c10::impl::VirtualGuardImpl(device_.type()).getStream(device_));
}

}  // namespace skipbench
