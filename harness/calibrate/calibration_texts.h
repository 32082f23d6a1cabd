#pragma once

#include <memory>

#include "harness/calibrate/artefact_cache.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/experiment/experiment.h"
#include "harness/tasks/task.h"
#include "harness/text/tokenizer.h"

namespace skipbench {

/// Tokenizes the texts of `spec`, none longer than the model's context. For random weights, which
/// have no tokenizer, seeded random ids stand in.
/// Throws InputError naming file and line: unreadable, no texts, a row without "text" or "tokens";
/// and for other weights without a tokenizer.
CalibrationTexts calibration_texts(const CalibrationSpec& spec, const Tokenizer* tokenizer,
                                   const CheckpointInfo& model);

/// The task whose messages are the texts; null where the spec names no task.
std::unique_ptr<Task> calibration_task(const CalibrationSpec& spec);

}  // namespace skipbench
