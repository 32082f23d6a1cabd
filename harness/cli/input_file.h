#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace skipbench {

/// A file's bytes. Throws InputError when it cannot be read.
std::string read_text_file(const std::filesystem::path& file);

/// A JSON list of token ids in [0, vocabulary). Throws InputError naming the file, the entry and
/// what is wrong.
std::vector<int32_t> read_token_file(const std::filesystem::path& file, int64_t vocabulary);

}  // namespace skipbench
