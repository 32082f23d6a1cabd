#pragma once

#include <filesystem>
#include <string>

namespace skipbench {

/// Why this user may not read, write or make the file, as the system says, and what to do: ": the
/// folder /data: Read-only file system; put the database where you may write". "" where nothing is
/// in the way.
std::string access_problem(const std::filesystem::path& file);

}  // namespace skipbench
