#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "harness/statistics/few_samples.h"
#include "harness/statistics/sign_flip_test.h"
#include "harness/statistics/statistics.h"

namespace skipbench {

/// What paired differences on the same prompts say of two methods. What cannot be known from so few
/// prompts is empty.
///
/// The 95% interval is Student's, of the mean over tasks (Welch, "The Generalization of 'Student's'
/// Problem when Several Different Population Variances are Involved", 1947, with the degrees of
/// freedom of Satterthwaite, 1946, rounded down). In simulations (paired_difference_test.cpp) it
/// covers the truth 95 times in 100 for normal differences and 95 to 97 times for exact matches,
/// which differ by 0 or 100 points, from kFewestSamples prompts on. Bootstrap intervals do so from
/// some 30 on: of six they cover 85, and of two 49, which have their range for an interval. Where
/// all differences are equal nothing is known of their spread, and there is none.
struct PairedDifference {
  int64_t tasks = 0, prompts = 0;
  std::optional<double> mean;            // over tasks of the mean over prompts
  std::optional<double> standard_error;  // over prompts, tasks fixed; needs two prompts a task
  std::optional<Interval> interval;      // where shown_error() is known
  PValue p;
  std::optional<double> detectable;  // where shown_error() is known: detectable_difference()

  std::optional<double> shown_error() const {
    return skipbench::shown_error(prompts, standard_error);
  }
};

/// What legends call the interval.
inline constexpr std::string_view kShownInterval =
    "95% Student t interval over samples; none of fewer than 6 or where all are equal";
static_assert(kFewestSamples == 6, "kShownInterval names the number");

/// For readers of intervals and p-values side by side.
inline constexpr std::string_view kIntervalAndP =
    "Intervals (Student's t) and p-values (sign flips) are two procedures: an interval can touch 0 "
    "beside a small p, or leave 0 out beside a large one.";

/// The difference over one task, or over several of equal weight; tasks without prompts are left
/// out. p-value: sign_flip_test() by kSignFlipSeed.
PairedDifference paired_difference(std::span<const PromptValues> tasks);

/// The smallest true difference that a two-sided test at 5% would find in 4 of 5 repetitions:
/// (z(.975) + z(.8)) standard errors = 2.80 standard errors. By the normal approximation, too small
/// below some ten prompts (Card et al., "With Little Power Comes Great Responsibility", 2020).
double detectable_difference(double standard_error);

}  // namespace skipbench
