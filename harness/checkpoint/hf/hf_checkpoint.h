#pragma once

#include <filesystem>
#include <memory>

#include "harness/checkpoint/model_source.h"

namespace skipbench {

/// The model of a Hugging Face folder. Throws InputError for whatever is truncated, lying or
/// foreign in it.
std::unique_ptr<ModelSource> open_hf_checkpoint(const std::filesystem::path& folder);

}  // namespace skipbench
