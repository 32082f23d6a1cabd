#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "harness/store/sign_flip_test.h"
#include "harness/store/statistics.h"

namespace skipbench {

/// What paired differences on the same prompts say of two methods. What cannot be known from so few
/// prompts is empty.
struct PairedDifference {
  int64_t tasks = 0, prompts = 0;
  std::optional<double> mean;            // over tasks of the mean over prompts
  std::optional<double> standard_error;  // over prompts, tasks fixed; needs two prompts a task
  std::optional<Interval> percentile, bca;
  PValue p;
  std::optional<double> detectable;  // of a standard error above 0: detectable_difference()

  /// The 95% interval that is shown of a difference, wherever it stands: BCa where it is defined,
  /// else percentile.
  const std::optional<Interval>& shown_interval() const { return bca ? bca : percentile; }
};

/// What legends call shown_interval().
inline constexpr std::string_view kShownInterval =
    "95% BCa bootstrap interval over samples; percentile where all draws lie on one side";

/// For readers of intervals and p-values side by side.
inline constexpr std::string_view kIntervalAndP =
    "Intervals (bootstrap) and p-values (sign flips) are two procedures: an interval can touch 0 "
    "beside a small p, or leave 0 out beside a large one.";

/// The difference over one task, or over several of equal weight; tasks without prompts are left
/// out. Intervals: bootstrap.h, drawn by `seed`; p-value: sign_flip_test() by kSignFlipSeed.
PairedDifference paired_difference(std::span<const PromptValues> tasks,
                                   uint64_t seed = kIntervalSeed, int resamples = 2000);

/// The smallest true difference that a two-sided test at 5% would find in 4 of 5 repetitions:
/// (z(.975) + z(.8)) standard errors = 2.80 standard errors. By the normal approximation, too small
/// below some ten prompts (Card et al., "With Little Power Comes Great Responsibility", 2020).
double detectable_difference(double standard_error);

}  // namespace skipbench
