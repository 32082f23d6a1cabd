#pragma once

#include <ATen/core/Tensor.h>

namespace skipbench::ops {

/// Mean attention that the last w tokens pay to each of T tokens: softmax over the keys each query
/// may see, then the mean over query heads and queries (SPTS, arXiv 2601.13155, section PAP).
/// queries: [w, H, d] of the last w living tokens; keys: [T, Hkv, d], both with any row stride;
/// result [T] fp32, sum 1. On CUDA in fp16 and bf16 (head size 64, 96, 128 or 256) one pass over
/// the keys for each 32 heads x queries of a KV head and one over the scores, which are kept in
/// fp32 (at most 256 MiB, by chunks of queries): T x Hkv x d elements and 8 x H x w x T bytes.
/// Deterministic.
at::Tensor attention_probe(const at::Tensor& queries, const at::Tensor& keys);

/// The same for each query head by itself, the mean over queries only: [H, T] fp32, rows sum to 1.
at::Tensor attention_probe_per_head(const at::Tensor& queries, const at::Tensor& keys);

/// The same with a weight for each query: the sum over queries of weight x mean over query heads.
/// query_weights: [w] fp32; result [T] fp32. The queries go in chunks, so that w may be a share of
/// T: of the attention weights [H, w, T] at most 256 MiB exist at a time.
at::Tensor weighted_attention_probe(const at::Tensor& queries, const at::Tensor& keys,
                                    const at::Tensor& query_weights);

}  // namespace skipbench::ops
