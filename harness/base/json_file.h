#pragma once

#include <filesystem>

#include "kernels/base/json.h"

namespace skipbench {

/// A JSON file that came with a checkpoint, read within bounds: at most `most_bytes` long, nested
/// 32 deep and made of 16 million values, so that no file makes the program allocate without end.
/// Throws InputError naming the file and what in it is wrong.
Json read_json_file(const std::filesystem::path& file, size_t most_bytes);

}  // namespace skipbench
