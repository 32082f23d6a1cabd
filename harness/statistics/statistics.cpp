#include "harness/statistics/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

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
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*low == *high) return 0.0;  // which rounding of the mean would hide
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

std::vector<double> prompt_means(const PromptValues& values) {
  std::vector<double> means(values.prompts());
  for (size_t i = 0; i < means.size(); ++i) means[i] = *mean(values.rounds(i));
  return means;
}

Estimate estimate_mean(const PromptValues& values) {
  const std::vector<double> means = prompt_means(values);
  return {mean(means), standard_error(means)};
}

MedianEstimate estimate_median(const PromptValues& values) {
  std::vector<double> medians;
  for (size_t i = 0; i < values.prompts(); ++i) {
    std::vector<double> rounds(values.rounds(i).begin(), values.rounds(i).end());
    medians.push_back(*quantile(rounds, 0.5));
    if (values.prompts() == 1) return {medians[0], median_interval(rounds)};
  }
  return {quantile(medians, 0.5), median_interval(medians)};
}

}  // namespace skipbench
