#pragma once

#include <filesystem>
#include <string>

namespace skipbench {

/// SHA-256 of a file, remembered beside it in FILE.sha256 together with the size and modification
/// time it belongs to; a folder that cannot be written to only costs the next hashing. Throws
/// InputError when the file cannot be read.
std::string cached_file_hash(const std::filesystem::path& file);

}  // namespace skipbench
