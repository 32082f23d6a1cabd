#pragma once

#include "harness/base/json_fields.h"
#include "kernels/model/model_config.h"

namespace skipbench {

/// Fills rope_base, rope_scaling and context from config.json: `rope_theta` and `rope_scaling` as
/// most checkpoints have them, or `rope_parameters` as transformers 5 writes them. The context is
/// the one that the scaling reaches: max_position_embeddings for llama3, times the factor for
/// linear and dynamic, the original context times the factor for yarn. Throws InputError naming the
/// key for kinds of scaling that this program does not compute.
void read_hf_rope(const JsonFields& config, ModelConfig& model);

}  // namespace skipbench
