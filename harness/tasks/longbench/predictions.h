#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/tasks/longbench/longbench_tasks.h"

namespace skipbench {

/// One row of a prediction file.
struct LongBenchPrediction {
  std::string text;  // "pred"
  std::vector<std::string> answers;
  std::optional<double> length;  // of the context in words or characters; E's ranges go by it
};

/// A file of predictions in LongBench's own format, one JSON object a line: pred, answers,
/// all_classes, length. Other keys are not read.
struct PredictionFile {
  std::vector<LongBenchPrediction> rows;
  std::vector<std::string> classes;  // all_classes of the last row
  std::vector<size_t> lines;         // of the rows, from 1
};

/// Throws InputError naming file and line: not JSON, a key that the task's score needs is absent or
/// of another type.
PredictionFile read_predictions(const std::filesystem::path& file, const LongBenchTask& task,
                                LongBenchEdition edition);

/// Whether lengths say something: not where they are absent, or all the same.
bool lengths_tell_rows_apart(const PredictionFile& file);

/// A row that has the answers and the length of an earlier one.
struct RepeatedRow {
  size_t line, earlier_line;
};

/// Rows that were probably written twice. Where lengths do not tell rows apart, the
/// predictions must be equal as well.
std::vector<RepeatedRow> repeated_rows(const PredictionFile& file);

}  // namespace skipbench
