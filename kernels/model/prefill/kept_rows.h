#pragma once

#include <ATen/core/Tensor.h>

#include "kernels/model/run.h"

namespace skipbench {

/// Keys and values that the cache keeps of a layer; n is Hkv, or H where each query head keeps rows
/// of its own.
struct KeptRows {
  at::Tensor keys, values;  // [n, M, d], any strides
  at::Tensor positions;     // [M] or [n, M] int64
};

/// What `keeps` names of the visible tokens' keys and values [M', Hkv, d] and the living tokens'
/// positions [T]. Throws ContractError where the rows are not among the visible ones.
KeptRows kept_rows(const Keeps& keeps, const TokenRows& visible, const at::Tensor& keys,
                   const at::Tensor& values, const at::Tensor& positions);

}  // namespace skipbench
