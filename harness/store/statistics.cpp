#include "harness/store/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/store/bootstrap.h"

namespace skipbench {
namespace {

double plain_mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
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

std::optional<Interval> median_interval(std::span<double> values) {
  const auto n = static_cast<double>(values.size());
  // Heads of n fair coins: the chance of exactly `heads`, and of so many or fewer.
  double below = 0;
  size_t heads = 0;
  for (; heads < values.size(); ++heads) {
    const auto h = static_cast<double>(heads);
    below += std::exp(std::lgamma(n + 1) - std::lgamma(h + 1) - std::lgamma(n - h + 1) -
                      n * std::log(2.0));
    if (below > 0.025) break;
  }
  if (heads == 0) return std::nullopt;
  std::sort(values.begin(), values.end());
  return Interval{values[heads - 1], values[values.size() - heads]};
}

Estimate estimate_mean(const PromptValues& values, uint64_t seed, int resamples) {
  Estimate estimate;
  if (values.size() == 0) return estimate;
  const std::vector<double> means = prompt_means(values);
  estimate.mean = mean(means);
  estimate.standard_error = standard_error(means);
  if (values.size() == 1 || resamples == 0) return estimate;
  std::vector<double> draws = bootstrap_means({&values, 1}, seed, resamples);
  estimate.interval = percentile_interval(draws);
  return estimate;
}

MedianEstimate estimate_median(const PromptValues& values, uint64_t seed, int resamples) {
  MedianEstimate estimate;
  std::vector<double> medians(values.prompts());
  for (size_t i = 0; i < medians.size(); ++i) {
    std::vector<double> rounds(values.rounds(i).begin(), values.rounds(i).end());
    medians[i] = *quantile(rounds, 0.5);
  }
  estimate.median = quantile(medians, 0.5);
  if (values.size() < 2) return estimate;
  std::vector<double> draws = bootstrap_medians(values, seed, resamples);
  estimate.interval = percentile_interval(draws);
  return estimate;
}

}  // namespace skipbench
