#include "harness/store/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/store/normal_distribution.h"
#include "kernels/base/random.h"

namespace skipbench {
namespace {

/// The mean of as many draws with replacement as there are values.
double resampled_mean(std::span<const double> values, SplitMix64& random) {
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

/// Sums of the squared and cubed influences of the prompts on the mean over tasks.
struct Influences {
  double squares = 0, cubes = 0;
};

Influences influences_of(std::span<const PromptValues> tasks) {
  Influences sums;
  for (const PromptValues& task : tasks) {
    const std::vector<double> means = prompt_means(task);
    const double centre = *mean(means);
    const double weight = 1.0 / (static_cast<double>(tasks.size() * means.size()));
    for (const double value : means) {
      // Leaving one prompt out moves the mean by this much, up to a factor that cancels.
      const double influence = weight * (value - centre);
      sums.squares += influence * influence;
      sums.cubes += influence * influence * influence;
    }
  }
  return sums;
}

double mean_over_tasks(std::span<const PromptValues> tasks) {
  double sum = 0;
  for (const PromptValues& task : tasks) sum += *mean(prompt_means(task));
  return sum / static_cast<double>(tasks.size());
}

/// The share of draws below the value; those equal to it count half.
double share_below(std::span<const double> draws, double value) {
  const double slack = 1e-12 * std::fabs(value);  // rounding makes equal means differ
  double below = 0;
  for (const double draw : draws) {
    below += draw < value - slack ? 1 : draw <= value + slack ? 0.5 : 0;
  }
  return below / static_cast<double>(draws.size());
}

}  // namespace

std::vector<double> prompt_means(const PromptValues& values) {
  std::vector<double> means(values.prompts());
  for (size_t i = 0; i < means.size(); ++i) means[i] = *mean(values.rounds(i));
  return means;
}

std::vector<double> bootstrap_means(std::span<const PromptValues> tasks, uint64_t seed,
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

Interval percentile_interval(std::span<double> draws) {
  return {*quantile(draws, 0.025), *quantile(draws, 0.975)};
}

std::optional<Interval> bca_interval(std::span<double> draws, std::span<const PromptValues> tasks) {
  const double below = share_below(draws, mean_over_tasks(tasks));
  if (below <= 0 || below >= 1) return std::nullopt;
  const auto [squares, cubes] = influences_of(tasks);
  const double acceleration = squares > 0 ? cubes / (6 * std::pow(squares, 1.5)) : 0;
  const double bias = normal_quantile(below);
  const auto bound = [&](double level) {
    const double z = bias + normal_quantile(level);
    return *quantile(draws, normal_cdf(bias + z / (1 - acceleration * z)));
  };
  return Interval{bound(0.025), bound(0.975)};
}

}  // namespace skipbench
