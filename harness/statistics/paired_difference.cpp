#include "harness/statistics/paired_difference.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/statistics/normal_distribution.h"
#include "harness/statistics/student_t.h"

namespace skipbench {
namespace {

std::vector<PromptValues> without_empty(std::span<const PromptValues> tasks) {
  std::vector<PromptValues> kept;
  for (const PromptValues& task : tasks) {
    if (task.prompts() > 0) kept.push_back(task);
  }
  return kept;
}

/// The mean's t interval: `error` is its standard error.
Interval student_interval(double mean, double error, double degrees) {
  const double rounded = 1e-9 * degrees;  // n - 1 of a single task comes out a little off
  const auto whole = static_cast<int64_t>(std::max(degrees + rounded, 1.0));
  const double reach = student_t_quantile(0.975, whole) * error;
  return {mean - reach, mean + reach};
}

void add_moments(std::span<const PromptValues> tasks, PairedDifference& difference) {
  double sum = 0, variance = 0, of_variance = 0;
  bool error_known = true;
  for (const PromptValues& task : tasks) {
    const std::vector<double> means = prompt_means(task);
    sum += *mean(means);
    difference.prompts += static_cast<int64_t>(means.size());
    const auto error = standard_error(means);
    error_known = error_known && error;
    if (!error) continue;
    const double squared = *error * *error;
    variance += squared;
    of_variance += squared * squared / static_cast<double>(means.size() - 1);
  }
  const auto count = static_cast<double>(tasks.size());
  difference.mean = sum / count;
  if (!error_known) return;
  difference.standard_error = std::sqrt(variance) / count;
  if (const auto error = difference.shown_error()) {
    difference.interval =
        student_interval(*difference.mean, *error, variance * variance / of_variance);
    difference.detectable = detectable_difference(*error);
  }
}

}  // namespace

double detectable_difference(double standard_error) {
  static const double errors = normal_quantile(0.975) + normal_quantile(0.8);
  return errors * standard_error;
}

PairedDifference paired_difference(std::span<const PromptValues> all_tasks) {
  const std::vector<PromptValues> tasks = without_empty(all_tasks);
  PairedDifference difference;
  difference.tasks = static_cast<int64_t>(tasks.size());
  if (tasks.empty()) return difference;
  add_moments(tasks, difference);
  difference.p = sign_flip_test(tasks, kSignFlipSeed);
  return difference;
}

}  // namespace skipbench
