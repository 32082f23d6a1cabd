#pragma once

#include <string>
#include <string_view>

#include "harness/checkpoint/gguf/gguf_file.h"
#include "kernels/model/model_config.h"

namespace skipbench {

/// "blk.7.attn_q.weight" for layer 7 and part "attn_q.weight".
std::string gguf_layer_tensor(int64_t layer, std::string_view part);

/// Throws InputError naming the first tensor that is missing, of another shape than the config
/// asks for, or unknown (it would silently be left out of the computation).
void check_gguf_tensors(const GgufFile& file, const ModelConfig& config);

}  // namespace skipbench
