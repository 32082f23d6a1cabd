#pragma once

#include <cstdint>

struct CUstream_st;

namespace skipbench::ops {

/// What launchers of kernels (*_cuda.h) speak of: plain C++, so that files with and without Torch,
/// compiled with and without CUDA, can include them.

/// A cudaStream_t.
using CudaStream = CUstream_st*;

/// Element types that kernels compute with. All arithmetic is in fp32.
enum class Element { kFloat, kHalf, kBFloat16 };

}  // namespace skipbench::ops
