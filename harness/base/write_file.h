#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace skipbench {

/// Why a path cannot be written, from an errno, and what to do: "Permission denied; choose a place
/// where you may write".
std::string write_obstacle(const std::filesystem::path& path, int error);

/// Writes the file anew. Throws InputError with the option that asked for it, the file and its
/// write_obstacle().
void write_file(std::string_view option, const std::filesystem::path& file, std::string_view bytes);

/// Throws InputError likewise unless files can be made in the folder.
void require_writable_folder(std::string_view option, const std::filesystem::path& folder);

/// Makes the folder and those above it where they are missing. Throws InputError likewise.
void make_folder(std::string_view option, const std::filesystem::path& folder);

}  // namespace skipbench
