#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/tasks/longbench/predictions.h"
#include "harness/tasks/longbench/sample_score.h"

namespace skipbench {

/// The score of one task. An edition has one figure a task (v1) or one for each range of length (E,
/// NaN where a range has no rows), in points with two decimals.
struct LongBenchTaskScore {
  const LongBenchTask* task;
  std::vector<double> figures;
  std::vector<double> per_sample;     // from 0 to 1, in the order of the file
  int64_t expected = 0;               // rows of a complete run
  std::vector<std::string> problems;  // why the figures are not those of a complete run

  int64_t rows() const { return static_cast<int64_t>(per_sample.size()); }
};

/// The names of an edition's figures: {""}, or {"0-4k", "4-8k", "8k+"}.
std::vector<std::string_view> figure_names(LongBenchEdition edition);

/// Scores a file and checks that it is a complete run of `expected` rows, each once.
LongBenchTaskScore score_task(const LongBenchTask& task, LongBenchEdition edition, CodeRatio ratio,
                              const PredictionFile& file, int64_t expected);

}  // namespace skipbench
