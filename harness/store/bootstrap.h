#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/store/statistics.h"

namespace skipbench {

/// Draws of the mean over tasks (of equal weight) of the mean over prompts of the mean over rounds.
/// Each draw takes every task's prompts with replacement, then each drawn prompt's rounds with
/// replacement (Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8).
/// A task with a single prompt is drawn over its rounds alone. No task may be empty.
std::vector<double> bootstrap_means(std::span<const PromptValues> tasks, uint64_t seed,
                                    int resamples);

/// The 2.5% and 97.5% quantiles of the draws (Efron and Tibshirani, "An Introduction to the
/// Bootstrap", 1993, chapter 13). Reorders them.
Interval percentile_interval(std::span<double> draws);

/// Each prompt's mean over its rounds.
std::vector<double> prompt_means(const PromptValues& values);

}  // namespace skipbench
