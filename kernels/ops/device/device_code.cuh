#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "kernels/ops/device/cuda_types.h"

namespace skipbench::ops {

/// Elements in 16 bytes.
template <class T>
inline constexpr int kWide = 16 / static_cast<int>(sizeof(T));

__device__ __forceinline__ float to_float(float x) {
  return x;
}
__device__ __forceinline__ float to_float(__half x) {
  return __half2float(x);
}
__device__ __forceinline__ float to_float(__nv_bfloat16 x) {
  return __bfloat162float(x);
}

/// Rounds to nearest even.
template <class T>
__device__ __forceinline__ T from_float(float x) {
  if constexpr (std::is_same_v<T, __half>) {
    return __float2half_rn(x);
  } else if constexpr (std::is_same_v<T, __nv_bfloat16>) {
    return __float2bfloat16_rn(x);
  } else {
    return x;
  }
}

/// Two 16-bit elements in one register, the first in the low half.
template <class T>
__device__ __forceinline__ float first_of(uint32_t pair) {
  if constexpr (std::is_same_v<T, __half>) {
    return __half2float(__ushort_as_half(static_cast<unsigned short>(pair & 0xffffU)));
  } else {
    return __uint_as_float(pair << 16);
  }
}
template <class T>
__device__ __forceinline__ float second_of(uint32_t pair) {
  if constexpr (std::is_same_v<T, __half>) {
    return __half2float(__ushort_as_half(static_cast<unsigned short>(pair >> 16)));
  } else {
    return __uint_as_float(pair & 0xffff0000U);
  }
}
template <class T>
__device__ __forceinline__ uint32_t pair_of(float first, float second) {
  uint32_t pair;
  if constexpr (std::is_same_v<T, __half>) {
    const __half2 both = __floats2half2_rn(first, second);
    memcpy(&pair, &both, sizeof(pair));
  } else {
    const __nv_bfloat162 both = __floats2bfloat162_rn(first, second);
    memcpy(&pair, &both, sizeof(pair));
  }
  return pair;
}

/// N elements that are loaded and stored at once; at 16 bytes the widest access there is. 16-bit
/// elements stay two in a register until they are asked for.
template <class T, int N>
struct alignas(sizeof(T) * N) Pack {
  static constexpr bool kPaired = sizeof(T) == 2 && N % 2 == 0;
  static constexpr int kWords = kPaired ? N / 2 : N;
  std::conditional_t<kPaired, uint32_t, T> words[kWords];

  __device__ __forceinline__ float get(int i) const {
    if constexpr (kPaired) {
      return i % 2 == 0 ? first_of<T>(words[i / 2]) : second_of<T>(words[i / 2]);
    } else {
      return to_float(words[i]);
    }
  }
};

template <class T, int N>
__device__ __forceinline__ Pack<T, N> pack_of(const float (&values)[N]) {
  Pack<T, N> pack;
#pragma unroll
  for (int i = 0; i < pack.kWords; ++i) {
    if constexpr (Pack<T, N>::kPaired) {
      pack.words[i] = pair_of<T>(values[2 * i], values[2 * i + 1]);
    } else {
      pack.words[i] = from_float<T>(values[i]);
    }
  }
  return pack;
}

template <int N, class T>
__device__ __forceinline__ Pack<T, N> load(const T* source) {
  return *reinterpret_cast<const Pack<T, N>*>(source);
}

template <int N, class T>
__device__ __forceinline__ void store(T* target, const Pack<T, N>& values) {
  *reinterpret_cast<Pack<T, N>*>(target) = values;
}

inline constexpr unsigned kAllLanes = 0xffffffffU;
inline constexpr int kWarp = 32;

/// The sum over the warp, the same in every lane.
__device__ __forceinline__ float warp_sum(float x) {
#pragma unroll
  for (int offset = kWarp / 2; offset > 0; offset /= 2) {
    x += __shfl_xor_sync(kAllLanes, x, offset);
  }
  return x;
}

__device__ __forceinline__ float warp_max(float x) {
#pragma unroll
  for (int offset = kWarp / 2; offset > 0; offset /= 2) {
    x = fmaxf(x, __shfl_xor_sync(kAllLanes, x, offset));
  }
  return x;
}

/// The sum over the block, the same in every thread and in every run: whole warps only, called once
/// by every thread of a block.
__device__ __forceinline__ float block_sum(float x) {
  __shared__ float parts[kWarp];
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  x = warp_sum(x);
  if (warps == 1) return x;
  if (lane == 0) parts[threadIdx.x / kWarp] = x;
  __syncthreads();
  return warp_sum(lane < warps ? parts[lane] : 0.0F);
}

/// Calls f with a value of the type that `element` names.
template <class F>
void with_element(Element element, F f) {
  switch (element) {
    case Element::kFloat:
      return f(float{});
    case Element::kHalf:
      return f(__half{});
    case Element::kBFloat16:
      return f(__nv_bfloat16{});
  }
}

/// Whether rows can be read and written 16 bytes at a time: pointers aligned, and sizes and strides
/// (in elements) multiples of that.
template <class T>
bool fits_wide_access(std::initializer_list<const void*> pointers,
                      std::initializer_list<int64_t> sizes) {
  for (const void* pointer : pointers) {
    if (reinterpret_cast<uintptr_t>(pointer) % 16 != 0) return false;
  }
  for (const int64_t size : sizes) {
    if (size % kWide<T> != 0) return false;
  }
  return true;
}

/// Threads of a block for `items` of equal work: whole warps, at least one.
inline int block_threads(int64_t items, int most) {
  const int64_t warps = (items + kWarp - 1) / kWarp;
  const int64_t threads = (warps < 1 ? 1 : warps) * kWarp;
  return threads < most ? static_cast<int>(threads) : most;
}

inline int64_t ceil_div(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

/// Multiprocessors of the current device.
inline int multiprocessors() {
  int device = 0, count = 0;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device);
  return count;
}

/// Whether the current device runs `kernel` as compiled for compute capability 9: code under
/// __CUDA_ARCH__ >= 900 is there.
template <class... Parameters>
bool compiled_for_hopper(void (*kernel)(Parameters...)) {
  cudaFuncAttributes attributes{};
  cudaFuncGetAttributes(&attributes, kernel);
  return attributes.ptxVersion >= 90;
}

/// Throws when the launch before it failed (a wrong configuration, an earlier error of the device).
inline void check_launch(const char* kernel) {
  const cudaError_t error = cudaGetLastError();
  if (error != cudaSuccess) {
    throw std::runtime_error(std::string("CUDA kernel ") + kernel + ": " +
                             cudaGetErrorString(error));
  }
}

}  // namespace skipbench::ops
