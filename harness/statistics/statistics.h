#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace skipbench {

/// Bounds of a 95% interval.
struct Interval {
  double low = 0, high = 0;
};

/// A mean with its standard error; what cannot be known from so few values is empty.
struct Estimate {
  std::optional<double> mean, standard_error;
};

/// A median with its 95% interval.
struct MedianEstimate {
  std::optional<double> median;
  std::optional<Interval> interval;
};

/// Values of one figure, one group per prompt and one value per round within the group.
class PromptValues {
 public:
  /// Every prompt that is begun gets at least one value.
  void begin_prompt() { begins_.push_back(values_.size()); }
  void add(double value) { values_.push_back(value); }  // to the prompt begun last

  size_t prompts() const { return begins_.size(); }
  size_t size() const { return values_.size(); }
  std::span<const double> rounds(size_t prompt) const {
    const size_t end = prompt + 1 < begins_.size() ? begins_[prompt + 1] : values_.size();
    return std::span(values_).subspan(begins_[prompt], end - begins_[prompt]);
  }

 private:
  std::vector<double> values_;
  std::vector<size_t> begins_;
};

std::optional<double> mean(std::span<const double> values);

/// Standard error of the mean: sample standard deviation (n - 1) / sqrt(n); needs two values.
std::optional<double> standard_error(std::span<const double> values);

/// The q-quantile by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996,
/// numpy's default). Reorders the values.
std::optional<double> quantile(std::span<double> values, double q);

/// The 95% interval of the median of independent values, exact for every distribution: between the
/// k-th smallest and the k-th largest, where fewer than k of n fair coins show heads with a chance
/// of at most 2.5% (David and Nagaraja, "Order Statistics", 2003, section 7.1). Needs six values,
/// which it sorts.
std::optional<Interval> median_interval(std::span<double> values);

/// Each prompt's mean over its rounds.
std::vector<double> prompt_means(const PromptValues& values);

/// Mean over prompts of each prompt's mean over rounds; its standard error is over prompts.
Estimate estimate_mean(const PromptValues& values);

/// What legends call the interval of estimate_median().
inline constexpr std::string_view kMedianInterval =
    "95% interval by ranks; needs six samples, or six rounds of one";

/// Median over prompts of each prompt's median over rounds, which one disturbed repeat does not
/// move; its interval is median_interval() of the prompts, or of a single prompt's rounds.
MedianEstimate estimate_median(const PromptValues& values);

}  // namespace skipbench
