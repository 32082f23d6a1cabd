#pragma once

#include <string>

#include "harness/checkpoint/gguf/gguf_file.h"
#include "kernels/model/model_config.h"

namespace skipbench {

/// Fills rope_base, rope_scaling and context from the keys "<architecture>.rope..." and the tensor
/// rope_freqs.weight, in which llama.cpp's converter keeps Llama 3's scaling. The context is the
/// one that the scaling reaches, as with Hugging Face folders. Throws InputError naming the key for
/// kinds of scaling that this program does not compute.
void read_gguf_rope(const GgufFile& file, const std::string& architecture, ModelConfig& config);

}  // namespace skipbench
