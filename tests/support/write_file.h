#pragma once

#include <filesystem>
#include <fstream>
#include <string_view>

namespace skipbench {

/// Writes a file and returns its path.
inline std::filesystem::path write_file(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
  return file;
}

}  // namespace skipbench
