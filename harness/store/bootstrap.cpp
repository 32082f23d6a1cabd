#include "harness/store/bootstrap.h"

#include <algorithm>
#include <numeric>

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

/// Medians of draws with replacement from values of one round each. They are sorted once; a draw
/// then counts ranks, which takes a third of the time of sorting what was drawn.
class RankedDraws {
 public:
  explicit RankedDraws(const PromptValues& values) : ranks_(values.prompts()) {
    std::vector<uint32_t> order(ranks_.size());
    std::iota(order.begin(), order.end(), 0);
    const auto value = [&values](uint32_t prompt) { return values.rounds(prompt)[0]; };
    std::sort(order.begin(), order.end(),
              [&value](uint32_t a, uint32_t b) { return value(a) < value(b); });
    for (uint32_t rank = 0; rank < order.size(); ++rank) {
      ranks_[order[rank]] = rank;
      ascending_.push_back(value(order[rank]));
    }
  }

  double median(SplitMix64& random) {
    const auto size = static_cast<uint32_t>(ranks_.size());
    counts_.assign(size, 0);
    for (uint32_t i = 0; i < size; ++i) ++counts_[ranks_[random.below(size)]];
    const double low = at((size - 1) / 2);
    return size % 2 == 1 ? low : low + 0.5 * (at(size / 2) - low);
  }

 private:
  // The drawn value with so many smaller ones.
  double at(uint32_t place) const {
    size_t rank = 0;
    for (uint32_t drawn = counts_[0]; drawn <= place; drawn += counts_[rank]) ++rank;
    return ascending_[rank];
  }

  std::vector<uint32_t> ranks_;  // of each prompt's value
  std::vector<double> ascending_;
  std::vector<uint32_t> counts_;  // by rank, of the draw at hand
};

double resampled_median(std::span<const double> values, std::vector<double>& scratch,
                        SplitMix64& random) {
  scratch.resize(values.size());
  for (double& value : scratch) {
    value = values[random.below(static_cast<uint32_t>(values.size()))];
  }
  return *quantile(scratch, 0.5);
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

std::vector<double> bootstrap_medians(const PromptValues& values, uint64_t seed, int resamples) {
  SplitMix64 random(seed);
  const auto prompts = static_cast<uint32_t>(values.prompts());
  std::vector<double> draws(static_cast<size_t>(resamples)), medians(prompts), scratch;
  if (prompts > 1 && values.size() == prompts) {
    RankedDraws ranked(values);
    for (double& draw : draws) draw = ranked.median(random);
    return draws;
  }
  for (double& draw : draws) {
    for (double& median : medians) {
      const auto rounds = values.rounds(prompts == 1 ? 0 : random.below(prompts));
      median = rounds.size() == 1 ? rounds[0] : resampled_median(rounds, scratch, random);
    }
    draw = *quantile(medians, 0.5);
  }
  return draws;
}

Interval percentile_interval(std::span<double> draws) {
  return {*quantile(draws, 0.025), *quantile(draws, 0.975)};
}

}  // namespace skipbench
