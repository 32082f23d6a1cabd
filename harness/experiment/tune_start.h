#pragma once

#include <string>

#include "harness/experiment/experiment.h"
#include "kernels/model/model_config.h"

namespace skipbench {

/// Where the search for a user's own setting begins.
struct TuneStart {
  MethodSpec method;      // without a preset: its parameters are among the overrides
  std::string parameter;  // that is scaled
  std::string preset_note;
};

/// The wanted method with its preset ("": auto, or none where the user gave `over`) made free of
/// any prompt's length: token counts become shares of the largest count of `over`, so that a search
/// reaches from full attention to a tenth of it whatever the texts' lengths, and steps (budgets
/// that may be 0) become 0, without which no budget could fall below them. What the user gave stays
/// as it is. `over`: "": the method's first budget. Throws InputError for parameters that are
/// missing or cannot be scaled.
TuneStart tune_start(const MethodSpec& wanted, const std::string& over, const ModelConfig& config);

}  // namespace skipbench
