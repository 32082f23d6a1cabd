#pragma once

#include <ATen/core/Tensor.h>

#include "kernels/model/layer_hooks.h"
#include "kernels/model/rope.h"
#include "kernels/model/weights.h"
#include "kernels/model/work_meter.h"

namespace skipbench {

/// One layer's products for the n rows of a decode step, hidden [n, D]; the work is counted.

/// Queries, keys and values of the rows, rotated; counted with what add_decode_attention does.
AttentionInputs decode_inputs(const Model& model, int64_t layer,
                              const RopeTable::Rotation& rotation, const at::Tensor& hidden);

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
