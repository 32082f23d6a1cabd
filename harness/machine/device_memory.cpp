#include "harness/machine/device_memory.h"

#include <c10/util/Exception.h>
#ifdef SKIPBENCH_WITH_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDACachingAllocator.h>
#endif

#include <new>
#include <string_view>

namespace skipbench {

void synchronize(at::Device device) {
#ifdef SKIPBENCH_WITH_CUDA
  if (device.is_cuda()) at::cuda::getCurrentCUDAStream(device.index()).synchronize();
#endif
  (void)device;
}

std::optional<int64_t> peak_bytes(at::Device device) {
#ifdef SKIPBENCH_WITH_CUDA
  if (device.is_cuda()) {
    const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(device.index());
    return stats.allocated_bytes[0].peak;
  }
#endif
  (void)device;
  return std::nullopt;
}

void reset_peak_bytes(at::Device device) {
#ifdef SKIPBENCH_WITH_CUDA
  if (device.is_cuda()) c10::cuda::CUDACachingAllocator::resetPeakStats(device.index());
#endif
  (void)device;
}

void release_cached_memory(at::Device device) {
#ifdef SKIPBENCH_WITH_CUDA
  if (device.is_cuda()) c10::cuda::CUDACachingAllocator::emptyCache();
#endif
  (void)device;
}

bool is_out_of_memory(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return true;
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) return true;
  // The CPU allocator has no type of its own for this.
  return std::string_view(error.what()).find("can't allocate memory") != std::string_view::npos;
}

}  // namespace skipbench
