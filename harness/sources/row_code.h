#pragma once

#include <span>
#include <string>
#include <string_view>

#include "harness/sources/source_hashes.h"

namespace skipbench {

// What a row comes from: each source with all that it includes (source_tree.h). Files of the
// folders are named after the method, task, metric or format of checkpoint that they hold.
inline constexpr std::string_view kMeasuring = "harness/measure/unit";
inline constexpr std::string_view kPrompting = "harness/reply/prompts";  // of tasks of text
inline constexpr std::string_view kCalibrating = "harness/calibrate/artefact_cache";
inline constexpr std::string_view kMethodFolder = "methods";
inline constexpr std::string_view kTaskFolder = "harness/tasks";
inline constexpr std::string_view kMetricFolder = "harness/tasks/metrics";
inline constexpr std::string_view kCheckpointFolder = "harness/checkpoint";

// The parts of a row's code version, 12 hexadecimal digits each.

/// What measures: the model core, and how a prompt is run, timed and compared.
std::string core_code(const SourceHashes& hashes);
/// `method`: as find_method() takes it; of a combination, both methods and what combines them.
std::string method_code(const SourceHashes& hashes, std::string_view method);
/// The task and its metrics; where there are any it is one of text, whose prompts are built and
/// replies decoded by a tokenizer that is read from a checkpoint of `format`.
std::string task_code(const SourceHashes& hashes, std::string_view task,
                      std::span<const std::string> metrics, std::string_view format);
/// What reads the weights of checkpoints of `format`.
std::string reader_code(const SourceHashes& hashes, std::string_view format);

/// What learns a method's artefact on a model read from `format`.
std::string calibration_code(const SourceHashes& hashes, std::string_view method,
                             std::string_view format);

}  // namespace skipbench
