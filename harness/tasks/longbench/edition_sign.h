#pragma once

#include <filesystem>
#include <string>

#include "harness/tasks/longbench/predictions.h"

namespace skipbench {

/// Why a file that is scored as version 1 seems to be of LongBench-E: "" when nothing says so. The
/// lengths of its rows must differ, and its name, its folder's or the one's above end in "_e" (the
/// official pred_e/MODEL/qasper.jsonl) or be "longbench-e"; or it has E's rows, range by range.
std::string sign_of_edition_e(const std::filesystem::path& file, const LongBenchTask& task,
                              const PredictionFile& predictions);

}  // namespace skipbench
