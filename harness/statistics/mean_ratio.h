#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "harness/statistics/statistics.h"

namespace skipbench {

/// A geometric mean of ratios with its 95% interval; what cannot be known from so few is empty.
struct MeanRatio {
  std::optional<double> mean = std::nullopt;
  std::optional<Interval> interval = std::nullopt;
  int64_t degrees = 0;  // of freedom behind the interval

  /// Standard error of the mean's logarithm, which is about that of the mean as a share of it.
  std::optional<double> log_error() const;
};

/// What legends call the interval of mean_ratio().
inline constexpr std::string_view kSpeedupInterval =
    "95% interval over samples (of one sample, over its rounds), Student's t on the logarithms";

/// Geometric mean over prompts of each prompt's geometric mean over rounds; its interval is
/// Student's t on the logarithms, over prompts, and holds for new prompts and new repetitions. With
/// a single prompt it is over rounds alone; with a single value there is none.
///
/// Why not another estimate: a busy machine multiplies both times of a pair by factors, and where
/// it does so alike the logarithms of ratios lie evenly about the truth, ratios do not. In
/// simulated repetitions whose times carry log-normal noise of sigma .3 (tests/harness/store/
/// mean_ratio_test.cpp):
///
///                                    bias                 95% interval holds the truth in
///                              8 prompts   40 prompts       8 prompts   40 prompts
///   this                          1%          0%               94%         95%
///   arithmetic mean, bootstrap   10%          9%               83%         75%
///   geometric mean, bootstrap     2%                           85%
///   median, by ranks              3%                           99%, and knows none of five
///
/// Over 5 to 40 prompts of 1 or 3 rounds, and 5 to 20 rounds of one, at sigma .1 to .6, this one's
/// interval holds it in 94 to 96%; where in addition a tenth of the times take 3 times as long on
/// average, in 94 to 99%: spikes among small noise make it wide.
MeanRatio mean_ratio(const PromptValues& ratios);

/// The same over tasks of equal weight; the interval is Welch's, each task's prompts by themselves.
/// Tasks without a mean are left out; where one has no interval there is none.
MeanRatio mean_ratio_over_tasks(std::span<const MeanRatio> tasks);

}  // namespace skipbench
