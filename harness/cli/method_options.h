#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "harness/experiment/experiment.h"

namespace skipbench {

/// One model and one method on the command line: --checkpoint, --device, --dtype, --method,
/// --preset, --then-preset, and --params, whose text goes to `params`.
void add_method_options(CLI::App& command, ModelSpec& model, MethodSpec& method,
                        std::string& params);

/// What the method learns offline from: --texts, --count, --tokens.
void add_calibration_options(CLI::App& command, CalibrationSpec& texts);

}  // namespace skipbench
