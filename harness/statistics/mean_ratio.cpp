#include "harness/statistics/mean_ratio.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/statistics/student_t.h"

namespace skipbench {
namespace {

double half_width_in_errors(int64_t degrees) {
  return student_t_quantile(0.975, degrees);
}

MeanRatio with_interval(double log_mean, double log_error, int64_t degrees) {
  const double half_width = half_width_in_errors(degrees) * log_error;
  return {std::exp(log_mean),
          Interval{std::exp(log_mean - half_width), std::exp(log_mean + half_width)}, degrees};
}

std::vector<double> logarithms(std::span<const double> ratios) {
  std::vector<double> logs;
  for (const double ratio : ratios) logs.push_back(std::log(ratio));
  return logs;
}

/// What varies independently: means over rounds, or the rounds of a single prompt.
std::vector<double> independent_logarithms(const PromptValues& ratios) {
  if (ratios.prompts() == 1) return logarithms(ratios.rounds(0));
  std::vector<double> means;
  for (size_t i = 0; i < ratios.prompts(); ++i) {
    means.push_back(*mean(logarithms(ratios.rounds(i))));
  }
  return means;
}

}  // namespace

std::optional<double> MeanRatio::log_error() const {
  if (!interval) return std::nullopt;
  return std::log(interval->high / interval->low) / 2 / half_width_in_errors(degrees);
}

MeanRatio mean_ratio(const PromptValues& ratios) {
  const std::vector<double> logs = independent_logarithms(ratios);
  if (logs.empty()) return {};
  if (logs.size() == 1) return {.mean = std::exp(logs[0])};
  return with_interval(*mean(logs), *standard_error(logs), static_cast<int64_t>(logs.size()) - 1);
}

MeanRatio mean_ratio_over_tasks(std::span<const MeanRatio> tasks) {
  std::vector<double> logs;
  double variance = 0, squares = 0;  // of the sum; of each variance, over its degrees of freedom
  int64_t fewest = INT64_MAX;
  bool with_errors = true;
  for (const MeanRatio& task : tasks) {
    if (!task.mean) continue;
    logs.push_back(std::log(*task.mean));
    const auto error = task.log_error();
    with_errors = with_errors && error;
    if (!error) continue;
    variance += *error * *error;
    squares += std::pow(*error, 4) / static_cast<double>(task.degrees);
    fewest = std::min(fewest, task.degrees);
  }
  if (logs.empty()) return {};
  if (!with_errors) return {.mean = std::exp(*mean(logs))};
  // Welch (1947) and Satterthwaite (1946), rounded down.
  const double effective = squares > 0 ? variance * variance / squares : 0;
  const auto whole = static_cast<int64_t>(effective * (1 + 1e-9));  // rounding falls below
  const int64_t degrees = std::max(fewest, whole);
  return with_interval(*mean(logs), std::sqrt(variance) / static_cast<double>(logs.size()),
                       degrees);
}

}  // namespace skipbench
