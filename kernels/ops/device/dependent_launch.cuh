#pragma once

#include <cuda_runtime.h>

#include "kernels/ops/device/cuda_types.h"
#include "kernels/ops/device/device_code.cuh"

// Programmatic dependent launches, from compute capability 9 on: a kernel's blocks are on their way
// while the kernel before still runs, and wait there for its results. Before that a launch begins
// when the one before has ended, with the same code.

namespace skipbench::ops {

/// Lets a dependent launch after this one begin as soon as every block has come here.
__device__ __forceinline__ void let_next_kernel_start() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

/// In a dependent launch: waits until the kernel before has ended and its writes can be seen.
__device__ __forceinline__ void wait_for_previous_kernel() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

/// Divides a multiprocessor's memory in favour of shared memory: for kernels that use much of it,
/// and for those around them, since only kernels that divide it alike can overlap.
template <class... Parameters>
void prefer_shared_memory(void (*kernel)(Parameters...)) {
  cudaFuncSetAttribute(kernel, cudaFuncAttributePreferredSharedMemoryCarveout,
                       cudaSharedmemCarveoutMaxShared);
}

inline cudaLaunchAttribute dependent_launch() {
  cudaLaunchAttribute attribute{};
  attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attribute.val.programmaticStreamSerializationAllowed = 1;
  return attribute;
}

/// Launches a kernel that calls wait_for_previous_kernel() before it reads or writes what another
/// kernel may have to do with.
template <class... Parameters>
void launch_dependent(void (*kernel)(Parameters...), dim3 grid, int threads, size_t shared_memory,
                      CudaStream stream, Parameters... parameters) {
  cudaLaunchAttribute dependent = dependent_launch();
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = dim3(static_cast<unsigned>(threads));
  config.dynamicSmemBytes = shared_memory;
  config.stream = stream;
  config.attrs = &dependent;
  config.numAttrs = compiled_for_hopper(kernel) ? 1 : 0;
  cudaLaunchKernelEx(&config, kernel, parameters...);
}

}  // namespace skipbench::ops
