#pragma once

#include <cooperative_groups.h>
#include <cuda_runtime.h>

#include <cstdint>

#include "kernels/ops/device/cuda_types.h"
#include "kernels/ops/device/dependent_launch.cuh"
#include "kernels/ops/device/device_code.cuh"

// Blocks that read one another's shared memory: a thread-block cluster, from compute capability 9
// on. Before that a team is a single block, with the same code.

namespace skipbench::ops {

class BlockTeam {
 public:
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  __device__ int rank() const {
    return static_cast<int>(cluster().block_rank());
  }
  __device__ int blocks() const {
    return static_cast<int>(cluster().num_blocks());
  }
  /// All threads of all blocks have come here, and see what the others wrote before.
  __device__ void sync() const {
    cluster().sync();
  }
  /// The two halves of sync(): between them a block neither writes what others read nor reads
  /// theirs.
  __device__ void arrive() const {
    cluster().barrier_arrive();
  }
  __device__ void wait() const {
    cluster().barrier_wait();
  }
  /// What block `rank` has at the place of `mine`, a variable in shared memory.
  template <class T>
  __device__ T of(T& mine, int rank) const {
    return *cluster().map_shared_rank(&mine, rank);
  }

 private:
  static __device__ cooperative_groups::cluster_group cluster() {
    return cooperative_groups::this_cluster();
  }

 public:
#else
  __device__ int rank() const {
    return 0;
  }
  __device__ int blocks() const {
    return 1;
  }
  __device__ void sync() const {
    __syncthreads();
  }
  __device__ void arrive() const {}
  __device__ void wait() const {}
  template <class T>
  __device__ T of(T& mine, int) const {
    return mine;
  }
#endif

  /// The sum over the team of the variables at the place of `mine`.
  __device__ int sum(int& mine) const {
    int total = 0;
#pragma unroll 8
    for (int rank = 0; rank < blocks(); ++rank) total += of(mine, rank);
    return total;
  }
};

/// The blocks of a team of `kernel`: `wanted`, or one where it was compiled for devices without
/// clusters.
template <class Job>
int blocks_of_team(void (*kernel)(Job), int wanted) {
  return compiled_for_hopper(kernel) ? wanted : 1;
}

/// Launches `teams` teams, of a kernel that calls wait_for_previous_kernel(); block b belongs to
/// team b / blocks.
template <class Job>
void launch_teams(void (*kernel)(Job), int64_t teams, int blocks, int threads, CudaStream stream,
                  Job job) {
  if (blocks == 1) {
    return launch_dependent(kernel, static_cast<unsigned>(teams), threads, 0, stream, job);
  }
  cudaLaunchAttribute attributes[2] = {dependent_launch(), {}};
  attributes[1].id = cudaLaunchAttributeClusterDimension;
  attributes[1].val.clusterDim.x = static_cast<unsigned>(blocks);
  attributes[1].val.clusterDim.y = attributes[1].val.clusterDim.z = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(teams * blocks));
  config.blockDim = dim3(static_cast<unsigned>(threads));
  config.stream = stream;
  config.attrs = attributes;
  config.numAttrs = 2;
  cudaLaunchKernelEx(&config, kernel, job);
}

}  // namespace skipbench::ops
