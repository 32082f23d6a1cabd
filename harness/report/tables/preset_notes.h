#pragma once

#include "harness/report/judge/report_data.h"

namespace skipbench {

/// Notes which labels run a preset that was scaled to the model, as the latest run of each label
/// has it: "SPTS: preset scaled from qwen2.5-7b (28 layers) to 24 layers".
void note_scaled_presets(ExperimentData& experiment);

}  // namespace skipbench
