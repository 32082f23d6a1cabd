#pragma once

#include <ATen/core/Tensor.h>

namespace skipbench::ops {

/// Mean attention that the last w tokens pay to each of T tokens: softmax over the keys each query
/// may see, then the mean over query heads and queries (SPTS, arXiv 2601.13155, section PAP).
/// queries: [w, H, d] of the last w living tokens; keys: [T, Hkv, d]; result [T] fp32, sum 1.
at::Tensor attention_probe(const at::Tensor& queries, const at::Tensor& keys);

}  // namespace skipbench::ops
