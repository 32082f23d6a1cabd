#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "harness/tasks/longbench/longbench_tasks.h"

namespace skipbench {

/// The file that says how many rows a partial set has, in its folder: {"qasper": 9, ...}.
inline constexpr std::string_view kExpectedCountsFile = "expected_counts.json";

/// How many rows of each task a complete run has: those of the official data, or for a part of them
/// what a file says.
class ExpectedCounts {
 public:
  /// The official counts.
  explicit ExpectedCounts(LongBenchEdition edition) : edition_(edition) {}
  /// Those of the file. Throws InputError naming file and task.
  ExpectedCounts(LongBenchEdition edition, const std::filesystem::path& file);

  /// 0 when a complete run has no such task.
  int64_t of(const LongBenchTask& task) const;
  /// The tasks of a complete run.
  std::vector<const LongBenchTask*> tasks() const;

 private:
  LongBenchEdition edition_;
  std::optional<std::map<std::string, int64_t, std::less<>>> counts_;
};

/// The counts of the file in `folder`, where there is one, else the official ones.
ExpectedCounts expected_counts_beside(LongBenchEdition edition,
                                      const std::filesystem::path& folder);

}  // namespace skipbench
