#include "harness/store/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/base/random.h"

namespace skipbench {
namespace {

double plain_mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// The mean of as many draws with replacement as there are values.
double resampled_mean(std::span<const double> values, SplitMix64& random) {
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    sum += values[random.below(static_cast<uint32_t>(values.size()))];
  }
  return sum / static_cast<double>(values.size());
}

/// One bootstrap replicate: prompts drawn with replacement, then the rounds of each.
double nested_resampled_mean(const PromptValues& values, SplitMix64& random) {
  const auto prompts = static_cast<uint32_t>(values.prompts());
  double sum = 0;
  for (uint32_t i = 0; i < prompts; ++i) {
    sum += resampled_mean(values.rounds(prompts == 1 ? 0 : random.below(prompts)), random);
  }
  return sum / prompts;
}

Interval percentile_interval(std::span<double> replicates) {
  return {*quantile(replicates, 0.025), *quantile(replicates, 0.975)};
}

}  // namespace

std::optional<double> mean(std::span<const double> values) {
  return values.empty() ? std::nullopt : std::optional(plain_mean(values));
}

std::optional<double> standard_error(std::span<const double> values) {
  if (values.size() < 2) return std::nullopt;
  const double centre = plain_mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - centre) * (value - centre);
  const auto n = static_cast<double>(values.size());
  return std::sqrt(squares / (n - 1) / n);
}

std::optional<double> quantile(std::span<double> values, double q) {
  if (values.empty()) return std::nullopt;
  const double position = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(position);
  const auto low = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), low, values.end());
  if (below + 1 == values.size()) return *low;
  const double next = *std::min_element(low + 1, values.end());
  return *low + (position - static_cast<double>(below)) * (next - *low);
}

Estimate estimate_mean(const PromptValues& values, uint64_t seed, int resamples) {
  Estimate estimate;
  if (values.size() == 0) return estimate;
  std::vector<double> prompt_means(values.prompts());
  for (size_t i = 0; i < prompt_means.size(); ++i) prompt_means[i] = plain_mean(values.rounds(i));
  estimate.mean = mean(prompt_means);
  estimate.standard_error = standard_error(prompt_means);
  if (values.size() == 1 || resamples == 0) return estimate;

  SplitMix64 random(seed);
  std::vector<double> replicates(static_cast<size_t>(resamples));
  const bool one_round_each = values.size() == values.prompts();
  for (double& replicate : replicates) {
    replicate = one_round_each ? resampled_mean(prompt_means, random)
                               : nested_resampled_mean(values, random);
  }
  estimate.interval = percentile_interval(replicates);
  return estimate;
}

}  // namespace skipbench
