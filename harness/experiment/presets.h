#pragma once

#include <string_view>

#include "harness/experiment/experiment.h"
#include "methods/registry.h"

namespace skipbench {

/// The method's preset of that name. Throws InputError with the nearest name or the known ones.
Preset find_preset(const MethodEntry& method, std::string_view name);

/// The first preset that fits the model's number of layers and width. Throws InputError naming the
/// shape and the presets that exist.
Preset fitting_preset(const MethodEntry& method, const ModelConfig& config);

}  // namespace skipbench
