#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "harness/experiment/experiment.h"
#include "methods/interface/registry.h"

namespace skipbench {

/// The method's preset of that name, or the first of a file "NAME.yaml". Throws InputError with the
/// nearest name or the known ones, or with the file's problems.
Preset find_preset(const MethodEntry& method, std::string_view name);

/// Whether a preset is named by its file.
bool is_preset_file(std::string_view name);

/// A preset for the model, and what was done to it.
struct FittingPreset {
  Preset preset;
  std::string note;  // "preset scaled from qwen2.5-7b (28 layers) to 24 layers"; "": nothing
};

/// The first preset of the model's layers and width; else nearest_preset() as scaled_preset() makes
/// it; else the first for any model. Throws InputError naming the presets that exist.
FittingPreset fitting_preset(const MethodEntry& method, const ModelConfig& config);

/// The preset as a file that find_preset() reads, after a comment of one line.
std::string preset_text(const MethodEntry& method, const Preset& preset, std::string_view comment);

}  // namespace skipbench
