#pragma once

#include <cstdint>

// Barriers in shared memory that threads arrive at without waiting, and wait for without arriving
// (PTX, mbarrier). Compute capability 9.0.

namespace skipbench::ops {

using SharedBarrier = uint64_t;

__device__ __forceinline__ uint32_t shared_address(const void* pointer) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(pointer));
}

/// A phase is over when `arrivals` threads have arrived. By one thread, before the others know it.
__device__ __forceinline__ void init_barrier(SharedBarrier& barrier, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(&barrier)),
               "r"(arrivals)
               : "memory");
}

/// What this thread wrote to shared memory before is seen by those who wait for the phase.
__device__ __forceinline__ void arrive(SharedBarrier& barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(&barrier))
               : "memory");
}

/// Waits until phase number `phase` (from 0) is over; -1 is over from the start.
__device__ __forceinline__ void wait_for(SharedBarrier& barrier, int phase) {
  asm volatile(
      "{\n"
      ".reg .pred over;\n"
      "again:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 over, [%0], %1;\n"
      "@over bra done;\n"
      "bra again;\n"
      "done:\n"
      "}" ::"r"(shared_address(&barrier)),
      "r"(phase & 1)
      : "memory");
}

/// What this thread wrote to shared memory is seen by the products that read it
/// (warpgroup_mma.cuh).
__device__ __forceinline__ void show_to_products() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

}  // namespace skipbench::ops
