#pragma once

#include <string>

namespace skipbench {

/// Writes to the file of --out, or to the terminal when `file` is empty. Throws InputError with
/// the reason when the file cannot be written.
void write_output(const std::string& file, const std::string& text);

}  // namespace skipbench
