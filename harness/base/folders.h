#pragma once

#include <filesystem>

namespace skipbench {

/// The checkout that holds experiments/ (presets included): SKIPBENCH_HOME, or where the program
/// was built from.
std::filesystem::path home_folder();

/// Where models and calibration artefacts lie: SKIPBENCH_CACHE, or .cache in the home folder.
std::filesystem::path cache_folder();

}  // namespace skipbench
