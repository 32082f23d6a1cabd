#include "harness/store/paired_difference.h"

#include <cmath>
#include <vector>

#include "harness/store/bootstrap.h"
#include "harness/store/normal_distribution.h"

namespace skipbench {
namespace {

std::vector<PromptValues> without_empty(std::span<const PromptValues> tasks) {
  std::vector<PromptValues> kept;
  for (const PromptValues& task : tasks) {
    if (task.prompts() > 0) kept.push_back(task);
  }
  return kept;
}

void add_moments(std::span<const PromptValues> tasks, PairedDifference& difference) {
  double sum = 0, variance = 0;
  bool error_known = true;
  for (const PromptValues& task : tasks) {
    const std::vector<double> means = prompt_means(task);
    sum += *mean(means);
    const auto error = standard_error(means);
    error_known = error_known && error;
    variance += error ? *error * *error : 0;
    difference.prompts += static_cast<int64_t>(means.size());
  }
  const auto count = static_cast<double>(tasks.size());
  difference.mean = sum / count;
  if (!error_known) return;
  difference.standard_error = std::sqrt(variance) / count;
  // Where all differences are the same, nothing is known of how far they may spread.
  if (*difference.standard_error > 0) {
    difference.detectable = detectable_difference(*difference.standard_error);
  }
}

size_t count_values(std::span<const PromptValues> tasks) {
  size_t count = 0;
  for (const PromptValues& task : tasks) count += task.size();
  return count;
}

}  // namespace

double detectable_difference(double standard_error) {
  static const double errors = normal_quantile(0.975) + normal_quantile(0.8);
  return errors * standard_error;
}

PairedDifference paired_difference(std::span<const PromptValues> all_tasks, uint64_t seed,
                                   int resamples) {
  const std::vector<PromptValues> tasks = without_empty(all_tasks);
  PairedDifference difference;
  difference.tasks = static_cast<int64_t>(tasks.size());
  if (tasks.empty()) return difference;
  add_moments(tasks, difference);
  difference.p = sign_flip_test(tasks, kSignFlipSeed);
  if (count_values(tasks) == tasks.size()) return difference;  // nothing to draw from
  std::vector<double> draws = bootstrap_means(tasks, seed, resamples);
  difference.percentile = percentile_interval(draws);
  difference.bca = bca_interval(draws, tasks);
  return difference;
}

}  // namespace skipbench
