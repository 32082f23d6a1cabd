#pragma once

#include <filesystem>
#include <optional>

#include "methods/method.h"

namespace skipbench {

/// Writes the tensors in safetensors' format with a SHA-256 of the data in its metadata. The file
/// appears whole or not at all (temporary file, then rename). Throws InputError when the folder
/// cannot be written.
void save_artefact(const Artefact& artefact, const std::filesystem::path& file);

/// What save_artefact() wrote; nothing when the file is missing, cut off or altered.
std::optional<Artefact> load_artefact(const std::filesystem::path& file);

}  // namespace skipbench
