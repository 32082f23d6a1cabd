#pragma once

#include <ATen/core/Tensor.h>

#include "kernels/model/layer_hooks.h"
#include "kernels/model/rope.h"
#include "kernels/model/weights.h"
#include "kernels/model/work_meter.h"

namespace skipbench {

/// One layer's products for the n rows of a decode step, hidden [n, D]; the work is counted.

/// Queries, keys and values of the rows, rotated.
AttentionInputs decode_inputs(const Model& model, int64_t layer,
                              const RopeTable::Rotation& rotation, const at::Tensor& hidden,
                              WorkMeter& meter);

/// hidden += the output projection of heads [n, H, d], which attended to `pairs` rows in all.
void add_decode_attention(const Model& model, int64_t layer, const at::Tensor& heads, int64_t pairs,
                          at::Tensor& hidden, WorkMeter& meter);

/// What the FFN adds to the rows: [n, D].
at::Tensor decode_ffn(const Model& model, int64_t layer, const at::Tensor& hidden,
                      WorkMeter& meter);

}  // namespace skipbench
