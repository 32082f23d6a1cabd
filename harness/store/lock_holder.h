#pragma once

#include <filesystem>
#include <string>

namespace skipbench {

/// Which other process holds a write lock on the database file or those beside it, as
/// "process 4711 (sqlite3 results/demo.db)"; "" when the system does not tell.
std::string lock_holder(const std::filesystem::path& database);

}  // namespace skipbench
