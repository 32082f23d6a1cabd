#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace skipbench {

/// LongBench (version 1) or LongBench-E, whose rows are spread evenly over lengths and which is
/// scored in three ranges of length.
enum class LongBenchEdition { kV1, kE };

/// "longbench" or "longbench-e".
std::string_view edition_name(LongBenchEdition edition);

/// E's ranges of length: below 4000, below 8000, and the rest.
inline constexpr std::array<std::string_view, 3> kLengthRanges = {"0-4k", "4-8k", "8k+"};
size_t length_range(double length);

/// How many rows the official data have of a task.
struct LongBenchRows {
  int64_t count = 0;                     // 0: the edition has no such task
  int64_t repeated = 0;                  // rows whose answers and length an earlier row has too
  std::array<int64_t, 3> in_range = {};  // of E: rows by range of length
};

/// One data set of LongBench.
struct LongBenchTask {
  std::string_view name;      // also of its files
  std::string_view category;  // as the benchmark groups them
  std::string_view metric;    // a name of metrics/metric.h
  LongBenchRows v1, e;
  bool first_line = false;  // only the reply's first line is scored
  bool chat = true;         // the prompt is wrapped in the model's chat template

  const LongBenchRows& rows(LongBenchEdition edition) const {
    return edition == LongBenchEdition::kV1 ? v1 : e;
  }
};

/// All 21 data sets, category by category.
std::span<const LongBenchTask> all_longbench_tasks();

/// Those of an edition: 21, or 13.
std::vector<const LongBenchTask*> longbench_tasks(LongBenchEdition edition);

/// Throws InputError with the nearest name when the edition has no such task.
const LongBenchTask& find_longbench_task(std::string_view name, LongBenchEdition edition);

/// The category names in the order of the table.
std::vector<std::string_view> longbench_categories();

}  // namespace skipbench
