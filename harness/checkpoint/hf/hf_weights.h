#pragma once

#include <ATen/core/Tensor.h>

#include "harness/checkpoint/hf/hf_tensors.h"
#include "harness/checkpoint/load_progress.h"
#include "kernels/model/weights.h"

namespace skipbench {

/// Checks every tensor of the folder against the config before anything is allocated for it. Throws
/// InputError naming the first tensor that is missing, of another shape or dtype, or no part of the
/// computation.
void check_hf_tensors(const HfTensors& tensors, const ModelConfig& config);

/// The weights in the layout of the model core (K, Q and V in one matrix, gate and up in another),
/// each tensor read straight into its rows: beside the result only a few staging buffers exist.
ModelWeights load_hf_weights(const HfTensors& tensors, const ModelConfig& config, at::Device device,
                             at::ScalarType dtype, LoadProgress& progress);

}  // namespace skipbench
