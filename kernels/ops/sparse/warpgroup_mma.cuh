#pragma once

#include <cstdint>
#include <type_traits>

#include "kernels/ops/device/device_code.cuh"

// Products of a warpgroup (four warps) on the tensor cores of compute capability 9.0: D [64, N] +=
// A [64, 16] B [16, N], of 16-bit elements, accumulated in fp32. Only in code compiled for sm_90a.
//
// Warp w of the group holds rows 16 w .. 16 w + 15 of D. A lane with g = lane / 4 and t = lane % 4
// holds, for each eight columns 8 j ..:
//   d[4 j], d[4 j + 1]: D[g][8 j + 2 t, + 1]    d[4 j + 2], d[4 j + 3]: D[g + 8][8 j + 2 t, + 1]
// and A in registers as mma.m16n8k16 has it (mma.cuh). Operands in shared memory are tiles of rows
// of 128 bytes, swizzled: the 16 bytes that would be piece p of row r lie at piece p ^ (r % 8).
// (PTX ISA, "Asynchronous warpgroup level matrix instructions".)

namespace skipbench::ops {

inline constexpr int kWarpgroup = 128;
inline constexpr int kTileRowBytes = 128;  // 64 elements

/// Where the 16 bytes `piece` of a tile's row lie, in bytes from the tile's first.
__device__ __forceinline__ int swizzled(int row, int piece) {
  return row * kTileRowBytes + ((piece ^ (row % 8)) << 4);
}

/// Names an operand in shared memory to a product. `address`: of the operand's first row in a tile
/// that begins on 1024 bytes. `tile_bytes`: how far apart two tiles lie, which together hold rows
/// of more than 64 elements; read only where rows run along N (multiply_add_registers).
__device__ __forceinline__ uint64_t operand(uint32_t address, uint32_t tile_bytes) {
  constexpr uint64_t kEightRows = 8 * kTileRowBytes;
  constexpr uint64_t kSwizzle128 = uint64_t{1} << 62;
  return ((address & 0x3ffffU) >> 4) | static_cast<uint64_t>(tile_bytes >> 4) << 16 |
         (kEightRows >> 4) << 32 | kSwizzle128;
}

/// Before the first product that reads registers which ordinary instructions wrote.
__device__ __forceinline__ void begin_products() {
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}
/// Ends a group: the products since the last group's end.
__device__ __forceinline__ void end_product_group() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
/// Waits until at most kPending groups, the newest, are under way.
template <int kPending>
__device__ __forceinline__ void wait_for_products() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
}
/// Keeps the compiler from moving what reads or writes the registers across this place.
template <class R, int N>
__device__ __forceinline__ void pin(R (&registers)[N]) {
#pragma unroll
  for (int i = 0; i < N; ++i) {
    if constexpr (std::is_same_v<R, float>) {
      asm volatile("" : "+f"(registers[i])::"memory");
    } else {
      asm volatile("" : "+r"(registers[i])::"memory");
    }
  }
}

#define SKIPBENCH_EIGHT(d, i)                                                                 \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), \
      "+f"(d[i + 6]), "+f"(d[i + 7])
#define SKIPBENCH_32(d) \
  SKIPBENCH_EIGHT(d, 0), SKIPBENCH_EIGHT(d, 8), SKIPBENCH_EIGHT(d, 16), SKIPBENCH_EIGHT(d, 24)
#define SKIPBENCH_64(d)                                                                    \
  SKIPBENCH_32(d), SKIPBENCH_EIGHT(d, 32), SKIPBENCH_EIGHT(d, 40), SKIPBENCH_EIGHT(d, 48), \
      SKIPBENCH_EIGHT(d, 56)
#define SKIPBENCH_NAMES_32                                                 \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, " \
  "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define SKIPBENCH_NAMES_64                                                           \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "           \
  "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, " \
  "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, " \
  "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"

// Both operands in shared memory, their rows running along k: D = A B, or D += A B.
#define SKIPBENCH_PRODUCT(type)                                                            \
  asm volatile(                                                                            \
      "{\n.reg .pred adds;\nsetp.ne.b32 adds, %66, 0;\n"                                   \
      "wgmma.mma_async.sync.aligned.m64n128k16.f32." type "." type " {" SKIPBENCH_NAMES_64 \
      "}, %64, %65, adds, 1, 1, 0, 0;\n}"                                                  \
      : SKIPBENCH_64(d)                                                                    \
      : "l"(a), "l"(b), "r"(static_cast<int>(adds)))

/// D [64, 128] = A B, or D += A B where it `adds`. Rows of A and of B (one for each column of D)
/// run along k.
template <class T>
__device__ __forceinline__ void multiply_tiles(float (&d)[64], uint64_t a, uint64_t b, bool adds) {
  if constexpr (std::is_same_v<T, __half>) {
    SKIPBENCH_PRODUCT("f16");
  } else {
    SKIPBENCH_PRODUCT("bf16");
  }
}

// A in registers; B's rows, one for each k, run along N.
#define SKIPBENCH_PRODUCT_128(type)                                                \
  asm volatile("wgmma.mma_async.sync.aligned.m64n128k16.f32." type "." type        \
               " {" SKIPBENCH_NAMES_64 "}, {%64, %65, %66, %67}, %68, 1, 1, 1, 1;" \
               : SKIPBENCH_64(d)                                                   \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b))
#define SKIPBENCH_PRODUCT_64(type)                                                                 \
  asm volatile("wgmma.mma_async.sync.aligned.m64n64k16.f32." type "." type " {" SKIPBENCH_NAMES_32 \
               "}, {%32, %33, %34, %35}, %36, 1, 1, 1, 1;"                                         \
               : SKIPBENCH_32(d)                                                                   \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b))

/// D [64, N] += A B, N = 128 or 64, A in registers; rows of B, one for each k, run along N.
template <class T>
__device__ __forceinline__ void multiply_add_registers(float (&d)[64], const uint32_t* a,
                                                       uint64_t b) {
  if constexpr (std::is_same_v<T, __half>) {
    SKIPBENCH_PRODUCT_128("f16");
  } else {
    SKIPBENCH_PRODUCT_128("bf16");
  }
}
template <class T>
__device__ __forceinline__ void multiply_add_registers(float (&d)[32], const uint32_t* a,
                                                       uint64_t b) {
  if constexpr (std::is_same_v<T, __half>) {
    SKIPBENCH_PRODUCT_64("f16");
  } else {
    SKIPBENCH_PRODUCT_64("bf16");
  }
}

#undef SKIPBENCH_PRODUCT
#undef SKIPBENCH_PRODUCT_128
#undef SKIPBENCH_PRODUCT_64
#undef SKIPBENCH_NAMES_32
#undef SKIPBENCH_NAMES_64
#undef SKIPBENCH_EIGHT
#undef SKIPBENCH_32
#undef SKIPBENCH_64

}  // namespace skipbench::ops
