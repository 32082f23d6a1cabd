#pragma once

#include <filesystem>
#include <string>

#include "harness/tasks/longbench/folder_score.h"
#include "kernels/base/json.h"

namespace skipbench {

/// A table of the tasks by category, the averages and the warnings; ends with a newline.
std::string scores_as_text(const LongBenchScore& score);

/// {"benchmark", "scores", "counts", "expected", "average": {"categories", "mean_of_categories",
/// "mean_of_tasks"}, "code_sim", "incomplete", "warnings"}. A figure is a number in v1 and
/// {"0-4k", "4-8k", "8k+"} in E; NaN is null.
Json scores_as_json(const LongBenchScore& score);

/// Writes <task>.json into the folder, which is made: {"task", "n", "per_sample"}, the numbers as
/// texts in Python's repr. Throws InputError when a file cannot be written.
void write_per_sample(const LongBenchScore& score, const std::filesystem::path& folder);

}  // namespace skipbench
