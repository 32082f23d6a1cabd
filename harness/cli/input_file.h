#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "kernels/base/json.h"

namespace skipbench {

/// A file's bytes. Throws InputError when it cannot be read.
std::string read_text_file(const std::filesystem::path& file);

/// A JSON list of token ids in [0, vocabulary). Throws InputError naming the file, the entry and
/// what is wrong.
std::vector<int32_t> read_token_file(const std::filesystem::path& file, int64_t vocabulary);

/// The value of --params, a JSON object. Throws InputError when it is none.
Json parse_params(const std::string& text);

}  // namespace skipbench
