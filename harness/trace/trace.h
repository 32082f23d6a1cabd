#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/experiment/experiment.h"
#include "kernels/base/json.h"

namespace skipbench {

/// One prompt to look at.
struct TraceRequest {
  ModelSpec model;
  MethodSpec method;
  CalibrationSpec texts;               // of a method that learns offline
  std::string prompt_text;             // used when there are no tokens
  std::vector<int32_t> prompt_tokens;  // as they are, without template
  bool chat = false;                   // puts the text into the model's chat template
  int64_t max_new_tokens = 16;
  bool profile = false;                 // prefill once more, timed by layer and group of operations
  std::vector<std::string> highlights;  // texts that must stand in the prompt
};

/// Runs the prompt and returns what each layer kept, in the layout of `skipbench trace --format
/// json`. An artefact that the method needs is found where calibrate_artefact() keeps it, or made;
/// `note` is told what takes long. Throws InputError, before weights are loaded, for checkpoints,
/// methods and texts that cannot be used, for prompts that do not fit with their reply and for
/// highlights that do not stand in them.
Json trace_prompt(
    const TraceRequest& request,
    const std::function<void(const std::string&)>& note = [](const std::string&) {});

}  // namespace skipbench
