#pragma once

#include <span>
#include <string>

#include "harness/experiment/experiment.h"

namespace skipbench {

// A published schedule on a model that its authors did not run. All of it is inferred: what a paper
// chose by the depth, width or context of its models is taken to belong to the same share of them.

/// The published preset of a shape that is nearest to the model's: in depth, as a ratio; of equally
/// deep ones in width; of equals the first. Null when there is none. Parameters that hold for one
/// shape alone (PresetScale::kShape) keep a preset from being one.
const Preset* nearest_preset(std::span<const Preset> presets, const ModelConfig& config);

/// The preset on the model:
///   layers  times the ratio of depths, rounded; lists strictly ascending below the model's depth;
///           what stood in front of a list's first layer does not pass it
///   tokens  times model context / preset.context, rounded, at least 1, where that is below 1: a
///           model of shorter context never meets the prompts that the counts were made for, and
///           would skip nothing; one of longer context meets them as well, so that they stay
///   width   times the ratio of widths, up to a power of two; on a narrower model never more
/// Equal to the preset on its own shape. Throws InputError when a list has more layers than the
/// model.
Preset scaled_preset(const Preset& preset, const ModelConfig& config);

/// "preset scaled from qwen2.5-7b (28 layers) to 24 layers; token counts x 0.25".
std::string scaling_note(const Preset& preset, const ModelConfig& config);

}  // namespace skipbench
