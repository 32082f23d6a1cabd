#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace skipbench::ops {

/// The number of rows that attention on a GPU really computes for `rows` of them. cuDNN builds a
/// plan for every new number of rows (40 to 60 ms on an H200, where attention itself takes 1 ms),
/// so rows are rounded up to a ladder of at most 32 rungs an octave, at least 64 apart: real
/// prompts of ever new lengths meet plans that are there already, for at most 3% more rows.
int64_t planned_rows(int64_t rows);

/// An uninitialised [rows, width] with room after it: on a GPU the buffer holds planned_rows(rows)
/// rows, so that attention pads in place instead of copying.
at::Tensor empty_with_room(int64_t rows, int64_t width, const at::TensorOptions& options);

/// x [M, ...] with planned_rows(M) rows, those after x zero: in place when its buffer has room
/// (rows from empty_with_room, or a column range of them), else a copy. Throws ContractError when
/// `room` is said of rows whose buffer is another.
at::Tensor padded_to_plan(const at::Tensor& x, bool room);

/// x[indices] with room after it. x: [T, ...]; indices: [M] int64.
at::Tensor gather_with_room(const at::Tensor& x, const at::Tensor& indices);

}  // namespace skipbench::ops
