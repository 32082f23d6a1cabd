#include "harness/run/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#ifdef SKIPBENCH_WITH_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#endif

#include <cstdlib>
#include <new>

#include "harness/experiment/device_name.h"
#include "harness/run/cpu_cores.h"
#include "harness/run/machine.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

// Why there is no GPU of an index.
std::string why_missing() {
#ifndef SKIPBENCH_WITH_CUDA
  return "this program was built without CUDA";
#endif
  if (gpu_count() == 0) return "no CUDA GPU was found";
  return fmt::format("the last GPU is cuda:{}", gpu_count() - 1);
}

at::Device gpu(std::string_view spec, int index) {
  if (index >= gpu_count()) {
    throw InputError(
        fmt::format("there is no device '{}': {}; use cpu or auto", spec, why_missing()));
  }
  return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
}

}  // namespace

int gpu_count() {
#ifdef SKIPBENCH_WITH_CUDA
  return c10::cuda::device_count();
#else
  return 0;
#endif
}

at::Device choose_device(std::string_view spec) {
  if (spec == "cpu") return at::kCPU;
  if (spec == "auto") return gpu_count() > 0 ? gpu(spec, 0) : at::Device(at::kCPU);
  if (const std::optional<int> index = cuda_index(spec)) return gpu(spec, *index);
  throw InputError(
      fmt::format("unknown device '{}'; expected auto, cpu, cuda or cuda:<index>", spec));
}

at::ScalarType choose_dtype(std::string_view spec, at::Device device) {
  if (spec == "auto") return device.is_cuda() ? at::kBFloat16 : at::kFloat;
  if (spec == "fp32") return at::kFloat;
  if (spec == "bf16") return at::kBFloat16;
  if (spec == "fp16") return at::kHalf;
  throw InputError(fmt::format("unknown dtype '{}'; known: auto, fp32, bf16, fp16", spec));
}

std::string_view dtype_name(at::ScalarType dtype) {
  if (dtype == at::kBFloat16) return "bf16";
  if (dtype == at::kHalf) return "fp16";
  return "fp32";
}

std::string device_model(at::Device device) {
#ifdef SKIPBENCH_WITH_CUDA
  if (device.is_cuda()) return at::cuda::getDeviceProperties(device.index())->name;
#endif
  (void)device;
  return fmt::format("{} ({} threads)", cpu_model(), at::get_num_threads());
}

void use_physical_cores(int processes) {
  // A single process: Torch has read the variable.
  if (processes == 1 && std::getenv("OMP_NUM_THREADS") != nullptr) return;
  at::set_num_threads(threads_of_worker(processes));
}

void use_as_current(at::Device device) {
#ifdef SKIPBENCH_WITH_CUDA
  if (device.is_cuda()) c10::cuda::set_device(device.index());
#endif
  (void)device;
}

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
