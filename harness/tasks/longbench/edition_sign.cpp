#include "harness/tasks/longbench/edition_sign.h"

#include <fmt/format.h>

#include <array>

namespace skipbench {
namespace {

bool has_the_rows_of_e(const LongBenchTask& task, const PredictionFile& predictions) {
  std::array<int64_t, kLengthRanges.size()> in_range = {};
  for (const LongBenchPrediction& row : predictions.rows) {
    if (!row.length) return false;
    ++in_range.at(length_range(*row.length));
  }
  return task.e.count > 0 && task.e.count != task.v1.count && in_range == task.e.in_range;
}

bool is_named_after_e(const std::string& name) {
  return name.ends_with("_e") || name == edition_name(LongBenchEdition::kE);
}

}  // namespace

std::string sign_of_edition_e(const std::filesystem::path& file, const LongBenchTask& task,
                              const PredictionFile& predictions) {
  if (has_the_rows_of_e(task, predictions)) {
    return fmt::format("{} has the {} rows of LongBench-E", file.filename().string(), task.e.count);
  }
  if (task.e.count == 0 || !lengths_tell_rows_apart(predictions)) return "";
  const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
  if (is_named_after_e(file.stem().string())) {
    return fmt::format("{} is named as a file of LongBench-E", file.filename().string());
  }
  for (const std::filesystem::path& each : {folder, folder.parent_path()}) {
    const std::string name = each.filename().string();
    if (is_named_after_e(name)) {
      return fmt::format("the folder {} is named as one of LongBench-E", name);
    }
  }
  return "";
}

}  // namespace skipbench
