#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace skipbench {

/// SHA-256 of the bytes as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

/// SHA-256 of a file's content, read in blocks. Throws InputError when the file cannot be read.
std::string sha256_file_hex(const std::filesystem::path& file);

}  // namespace skipbench
