#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace skipbench {

/// "auto", "cpu", "cuda" or "cuda:<i>" as a device; auto is the first GPU, else the CPU. Throws
/// InputError for a GPU that does not exist or a build without CUDA.
at::Device choose_device(std::string_view spec);

/// The device as rows name it: a GPU's name, or the CPU's with the number of threads, since that
/// decides its times.
std::string device_model(at::Device device);

/// GPUs that this process sees; 0 in a build without CUDA.
int gpu_count();

/// Uses as many threads as the CPU has cores (not hyper-threads) that this process may run on,
/// divided by the number of processes that will run at once; at least one. A single process takes
/// as many as OMP_NUM_THREADS says, where it is set.
void use_physical_cores(int processes = 1);

/// Makes a GPU the one that this thread uses where nobody says which.
void use_as_current(at::Device device);

}  // namespace skipbench
