#pragma once

#include <filesystem>
#include <string>

namespace skipbench {

/// SHA-256 over the names and hashes of a folder's weight files (each remembered beside the file,
/// and equal to what Hugging Face publishes for it) and of the files that say how they are used:
/// config, tokenizer and chat template. Several files are hashed at once. Throws InputError when
/// one cannot be read.
std::string hf_folder_hash(const std::filesystem::path& folder);

}  // namespace skipbench
