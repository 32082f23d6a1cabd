#include "harness/machine/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#ifdef SKIPBENCH_WITH_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAFunctions.h>
#endif

#include <cstdlib>

#include "harness/experiment/device_name.h"
#include "harness/machine/cpu_cores.h"
#include "harness/machine/machine.h"
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

}  // namespace skipbench
