#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>

#include "harness/checkpoint/gguf/gguf_file.h"
#include "harness/checkpoint/model_source.h"
#include "kernels/model/weights.h"

namespace skipbench {

/// The model's hyper-parameters from the metadata, and every tensor checked against them: none
/// missing, none of another shape, none that this program would not use. Architectures llama and
/// qwen2; throws InputError for others, and for variants that would compute something else
/// (experts, partial rotation).
ModelConfig gguf_model_config(const GgufFile& file);

/// The architectures that it takes.
std::vector<std::string> gguf_architectures();

/// The weights, de-quantised and laid out as the model core wants them: K, Q and V in one matrix,
/// gate and up in another, q and k rows of llama files brought back from interleaved RoPE's order
/// to that of rotated halves. Needs, beside the result, host memory for one tensor in fp32.
ModelWeights load_gguf_weights(const GgufFile& file, const ModelConfig& config, at::Device device,
                               at::ScalarType dtype);

/// The model of a .gguf file. Throws InputError for whatever is truncated, lying or foreign in it.
std::unique_ptr<ModelSource> open_gguf_checkpoint(const std::filesystem::path& path);

}  // namespace skipbench
