#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "kernels/ops/sparse/sparse_blocks.h"

namespace skipbench {

/// Tokens of the blocks that FlexPrefill and XAttention choose between, queries and keys alike.
inline constexpr int64_t kSquareBlock = ops::kQueryBlock;

/// The mean over each block of kSquareBlock rows, the last over the rows it has. x: [T, heads, d];
/// result [heads, blocks, d] fp32.
at::Tensor block_means(const at::Tensor& x);

/// The sum over each block of kSquareBlock entries. scores: [H, T]; result [H, blocks].
at::Tensor block_sums(const at::Tensor& scores);

/// Square blocks as blocks of ops::SparsePattern. squares: [H, S, S] bool; result [H, Q, K].
at::Tensor pattern_blocks(const at::Tensor& squares, int64_t tokens);

/// The blocks that diagonals cross: offset o joins each query with the key o before it.
/// offsets: [H, T] bool; result [H, Q, K] bool, the blocks of ops::SparsePattern.
at::Tensor diagonal_blocks(const at::Tensor& offsets);

}  // namespace skipbench
