#pragma once

#include <filesystem>

#include "harness/experiment/experiment.h"

namespace skipbench {

/// Finds what `texts` names: "builtin", a .txt or .jsonl file, or a task, by its name or as a .yaml
/// file that holds one entry of `tasks:`. Files as find_input_file() finds them. Throws InputError
/// for anything else.
CalibrationSpec with_source(CalibrationSpec spec, const std::filesystem::path& folder);

}  // namespace skipbench
