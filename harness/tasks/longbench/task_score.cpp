#include "harness/tasks/longbench/task_score.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <numeric>

#include "harness/tasks/longbench/python_numbers.h"

namespace skipbench {
namespace {

double v1_figure(const std::vector<double>& scores) {
  if (scores.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double sum = std::accumulate(scores.begin(), scores.end(), 0.0);
  return python_round_2(100 * sum / static_cast<double>(scores.size()));
}

// The E scorer averages with NumPy, which adds in another order and rounds in another way.
std::vector<double> e_figures(const std::vector<double>& scores, const PredictionFile& file) {
  std::array<std::vector<double>, kLengthRanges.size()> ranges;
  for (size_t i = 0; i < scores.size(); ++i) {
    ranges[length_range(*file.rows[i].length)].push_back(scores[i]);
  }
  std::vector<double> figures;
  for (const auto& range : ranges) figures.push_back(numpy_round_2(100 * numpy_mean(range)));
  return figures;
}

std::vector<std::string> find_problems(const LongBenchTask& task, LongBenchEdition edition,
                                       const PredictionFile& file, int64_t expected) {
  std::vector<std::string> problems;
  if (static_cast<int64_t>(file.rows.size()) != expected) {
    problems.push_back(fmt::format("{} rows, a complete run has {}", file.rows.size(), expected));
  }
  const std::vector<RepeatedRow> repeated = repeated_rows(file);
  const int64_t known = task.rows(edition).repeated;
  if (static_cast<int64_t>(repeated.size()) > known) {
    const RepeatedRow& last = repeated.back();
    problems.push_back(
        fmt::format("{} rows have the answers and the length of an earlier one (line {} those of "
                    "line {}), where the data have {}",
                    repeated.size(), last.line, last.earlier_line, known));
  }
  return problems;
}

}  // namespace

std::vector<std::string_view> figure_names(LongBenchEdition edition) {
  if (edition == LongBenchEdition::kV1) return {""};
  return {kLengthRanges.begin(), kLengthRanges.end()};
}

LongBenchTaskScore score_task(const LongBenchTask& task, LongBenchEdition edition, CodeRatio ratio,
                              const PredictionFile& file, int64_t expected) {
  LongBenchTaskScore score{&task, {}, {}, expected, find_problems(task, edition, file, expected)};
  for (const LongBenchPrediction& row : file.rows) {
    score.per_sample.push_back(
        longbench_sample_score(task, ratio, row.text, row.answers, file.classes));
  }
  score.figures = edition == LongBenchEdition::kV1 ? std::vector{v1_figure(score.per_sample)}
                                                   : e_figures(score.per_sample, file);
  return score;
}

}  // namespace skipbench
