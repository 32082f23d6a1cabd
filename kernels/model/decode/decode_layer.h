#pragma once

#include <ATen/core/Tensor.h>

#include "kernels/model/cache/kv_cache.h"
#include "kernels/model/weights.h"
#include "kernels/model/work_meter.h"

namespace skipbench {

/// One layer's products for the n rows of a decode step, hidden [n, D]; the work is counted.

/// Keys and values of the rows at `positions` [n] int64 go after those in the cache; returns the
/// rows' queries, rotated [n, H, d]. Counted with what add_decode_attention does.
at::Tensor project_into_cache(const Model& model, int64_t layer, const at::Tensor& positions,
                              const ops::RopeTables& tables, const at::Tensor& hidden,
                              KvCache& cache);

/// hidden += the output projection of heads [n, H, d], which attended to `pairs` rows in all.
void add_decode_attention(const Model& model, int64_t layer, const at::Tensor& heads, int64_t pairs,
                          at::Tensor& hidden, WorkMeter& meter);

/// What the FFN adds to the rows: [n, D].
at::Tensor decode_ffn(const Model& model, int64_t layer, const at::Tensor& hidden,
                      WorkMeter& meter);

/// Counts attention of n rows to `pairs` rows in all, its projections included.
void count_decode_attention(const ModelConfig& config, int64_t count, int64_t pairs,
                            WorkMeter& meter);
/// Counts the FFN of n rows.
void count_decode_ffn(const ModelConfig& config, int64_t count, WorkMeter& meter);

}  // namespace skipbench
