#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "kernels/model/model_config.h"

namespace skipbench {

/// A longer config.json, or another file of settings beside it, is not read: bytes.
inline constexpr size_t kLongestConfig = size_t{16} << 20;

/// The model's hyper-parameters from a Hugging Face folder's config.json. Model types llama,
/// mistral, qwen2, qwen3 and PanguEmbedded (openPangu-Embedded). Throws InputError naming the key
/// for others, and for variants that would compute something else (another activation, MLP biases,
/// quantised weights). Where a sliding window is in use the context ends with it: up to there a
/// window is full attention, beyond it this program would compute something else.
ModelConfig hf_model_config(const std::filesystem::path& folder);

/// The model types that it takes.
std::vector<std::string> hf_model_types();

}  // namespace skipbench
