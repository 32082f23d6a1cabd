#pragma once

#include <filesystem>

#include "tests/support/scratch_folder.h"
#include "tests/support/stored_rows.h"

namespace skipbench {

/// A finished experiment of two tasks and five labels whose cells came to every end there is:
/// reference, active, inactive, incomplete, out of memory.
void write_example_database(const std::filesystem::path& file);

}  // namespace skipbench
