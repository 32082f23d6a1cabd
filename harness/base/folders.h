#pragma once

#include <filesystem>

namespace skipbench {

/// The folder that holds experiments/ (presets included): SKIPBENCH_HOME; of an installed program
/// share/skipbench beside its bin/; else the checkout that it was built from.
std::filesystem::path home_folder();

/// Where models and calibration artefacts lie: SKIPBENCH_CACHE, or .cache in the checkout; of an
/// installed program, whose home may not be writable, skipbench in the user's cache folder
/// (XDG_CACHE_HOME, ~/.cache). scripts/lib.sh has the same rule.
std::filesystem::path cache_folder();

/// `file` as it is, or the one below home_folder() where only that exists: experiments/ that came
/// with the program can be named from any folder.
std::filesystem::path shipped_file(const std::filesystem::path& file);

}  // namespace skipbench
