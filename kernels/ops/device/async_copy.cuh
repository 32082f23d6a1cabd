#pragma once

// Copies of 16 bytes from global to shared memory that run beside the computation. A lane that
// reads back only what it copied itself needs no barrier: waiting for its own groups is enough.

namespace skipbench::ops {

__device__ __forceinline__ void copy16_async(void* shared, const void* global) {
  const auto target = static_cast<unsigned>(__cvta_generic_to_shared(shared));
  asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16;" ::"r"(target), "l"(global)
               : "memory");
}

/// As copy16_async where the source is `there`; otherwise 16 bytes of zero arrive.
__device__ __forceinline__ void copy16_or_zero_async(void* shared, const void* global, bool there) {
  const auto target = static_cast<unsigned>(__cvta_generic_to_shared(shared));
  asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(target), "l"(global),
               "r"(there ? 16 : 0)
               : "memory");
}

/// Ends a group: the copies since the last group's end.
__device__ __forceinline__ void end_copy_group() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}

/// Waits until at most kPending of this lane's groups, the newest, are under way.
template <int kPending>
__device__ __forceinline__ void wait_for_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

}  // namespace skipbench::ops
