#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/statistics/statistics.h"
#include "kernels/base/random.h"

namespace skipbench {

/// The mean of as many draws with replacement as there are values.
inline double resampled_mean(std::span<const double> values, SplitMix64& random) {
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    sum += values[random.below(static_cast<uint32_t>(values.size()))];
  }
  return sum / static_cast<double>(values.size());
}

/// One task, ready to be drawn from.
struct Drawn {
  const PromptValues& values;
  std::vector<double> means;  // of the prompts

  double draw(SplitMix64& random) const {
    // One round each: nothing to draw within a prompt.
    if (values.size() == values.prompts()) return resampled_mean(means, random);
    const auto prompts = static_cast<uint32_t>(values.prompts());
    double sum = 0;
    for (uint32_t i = 0; i < prompts; ++i) {
      sum += resampled_mean(values.rounds(prompts == 1 ? 0 : random.below(prompts)), random);
    }
    return sum / prompts;
  }
};

/// Draws of the mean over tasks (of equal weight) of the mean over prompts of the mean over rounds.
/// Each draw takes every task's prompts with replacement, then each drawn prompt's rounds with
/// replacement (Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8).
/// A task with a single prompt is drawn over its rounds alone. No task may be empty.
inline std::vector<double> bootstrap_means(std::span<const PromptValues> tasks, uint64_t seed,
                                           int resamples) {
  std::vector<Drawn> drawn;
  for (const PromptValues& task : tasks) drawn.push_back({task, prompt_means(task)});
  SplitMix64 random(seed);
  std::vector<double> draws(static_cast<size_t>(resamples));
  for (double& draw : draws) {
    double sum = 0;
    for (const Drawn& task : drawn) sum += task.draw(random);
    draw = sum / static_cast<double>(drawn.size());
  }
  return draws;
}

/// The 2.5% and 97.5% quantiles of the draws (Efron and Tibshirani, "An Introduction to the
/// Bootstrap", 1993, chapter 13). Reorders them.
inline Interval percentile_interval(std::span<double> draws) {
  return {*quantile(draws, 0.025), *quantile(draws, 0.975)};
}

}  // namespace skipbench
