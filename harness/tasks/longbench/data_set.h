#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/base/filled_lines.h"
#include "harness/base/mapped_file.h"
#include "harness/tasks/longbench/json_row.h"
#include "harness/tasks/longbench/longbench_tasks.h"

namespace skipbench {

/// One data file of LongBench: a JSON object a line with input, context, answers, length and
/// all_classes. Rows are read when they are asked for, since a file holds up to 30 MB.
class LongBenchDataSet {
 public:
  /// The file of the task in `folder`: <task>.jsonl, in E <task>_e.jsonl. Throws InputError naming
  /// file and line for rows that cannot be used.
  LongBenchDataSet(const LongBenchTask& task, LongBenchEdition edition,
                   const std::filesystem::path& folder);

  static std::filesystem::path file_of(const LongBenchTask& task, LongBenchEdition edition,
                                       const std::filesystem::path& folder);

  const LongBenchTask& task() const { return *task_; }
  /// Rows in the file's order, in E by range of length; v1 has them all in one.
  const std::vector<std::vector<size_t>>& ranges() const { return ranges_; }
  JsonRow row(size_t index) const;
  /// all_classes of the last row, which decides for all; empty where nothing is classified.
  const std::vector<std::string>& classes() const { return classes_; }
  /// SHA-256 of the file.
  const std::string& hash() const { return hash_; }

 private:
  const LongBenchTask* task_;
  MappedFile file_;
  std::vector<FileLine> lines_;
  std::vector<std::vector<size_t>> ranges_;
  std::vector<std::string> classes_;
  std::string hash_;
};

}  // namespace skipbench
