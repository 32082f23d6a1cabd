#include "kernels/ops/device/device_code.cuh"
#include "kernels/ops/sparse/sparse_attender.cuh"
#include "kernels/ops/sparse/sparse_attention_cuda.h"
#include "kernels/ops/sparse/sparse_copier.cuh"
#include "kernels/ops/sparse/sparse_tiles.cuh"

// A block of threads serves 128 queries of one head. One warpgroup copies the listed keys and
// values into shared memory, 128 at a time, up to three such tiles ahead; the two others hold 64
// queries each and run FlashAttention's online softmax over the tiles, the products of one tile
// beside the softmax of the next (FlashAttention-3, arXiv 2407.08608, section 3.2). Keys need not
// lie side by side, so single columns cost as much as blocks.

namespace skipbench::ops {
namespace {

using sparse::Attender, sparse::Copier, sparse::Shared;
using sparse::kConsumers, sparse::kStages;

constexpr int kThreads = (1 + kConsumers) * kWarpgroup;

template <class T, int kHead>
__global__ void __launch_bounds__(kThreads, 1)
    sparse_attention_kernel(const __grid_constant__ SparseAttentionJob job) {
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
  // Registers a thread: those that copy give theirs to those that compute.
  constexpr int kCopyRegisters = 40, kComputeRegisters = 232;
  extern __shared__ char raw[];
  const uint32_t offset = (1024 - shared_address(raw) % 1024) % 1024;
  Shared<kHead>& shared = *reinterpret_cast<Shared<kHead>*>(raw + offset);
  if (threadIdx.x == 0) {
    init_barrier(shared.queries_full, kWarpgroup);
    for (int stage = 0; stage < kStages; ++stage) {
      init_barrier(shared.keys_full[stage], kWarpgroup);
      init_barrier(shared.values_full[stage], kWarpgroup);
      init_barrier(shared.keys_empty[stage], kConsumers * kWarpgroup);
      init_barrier(shared.values_empty[stage], kConsumers * kWarpgroup);
    }
  }
  __syncthreads();
  if (threadIdx.x < kWarpgroup) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kCopyRegisters));
    Copier<T, kHead>(job, shared).run();
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kComputeRegisters));
    Attender<T, kHead>(job, shared).run();
  }
#endif
}

template <class T, int kHead>
void launch_for(const SparseAttentionJob& job, CudaStream stream) {
  constexpr int kSharedBytes = sizeof(Shared<kHead>) + 1024;
  const auto kernel = sparse_attention_kernel<T, kHead>;
  cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes);
  kernel<<<job.query_blocks * job.query_heads, kThreads, kSharedBytes, stream>>>(job);
  check_launch("sparse_attention");
}

template <class T>
void launch_for_type(const SparseAttentionJob& job, CudaStream stream) {
  job.head_size == 128 ? launch_for<T, 128>(job, stream) : launch_for<T, 64>(job, stream);
}

}  // namespace

bool device_runs_sparse_attention() {
  int device = 0, major = 0;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  return major == 9 && compiled_for_hopper(sparse_attention_kernel<__half, 64>);
}

void launch_sparse_attention(const SparseAttentionJob& job, CudaStream stream) {
  if (job.element == Element::kHalf) {
    launch_for_type<__half>(job, stream);
  } else {
    launch_for_type<__nv_bfloat16>(job, stream);
  }
}

}  // namespace skipbench::ops
