#include "harness/summary/timing_noise.h"

#include <array>
#include <vector>

namespace skipbench {

std::optional<double> timing_spread(const PromptValues& times) {
  constexpr size_t kEnoughRounds = 3;
  std::vector<double> spreads;
  for (size_t i = 0; i < times.prompts(); ++i) {
    const auto rounds = times.rounds(i);
    if (rounds.size() < kEnoughRounds) continue;
    std::vector<double> sorted(rounds.begin(), rounds.end());
    const double median = *quantile(sorted, 0.5);
    if (median <= 0) continue;
    spreads.push_back((*quantile(sorted, 0.75) - *quantile(sorted, 0.25)) / median);
  }
  return quantile(spreads, 0.5);
}

TimingNoise timing_noise(const std::optional<double>& spread) {
  if (!spread) return TimingNoise::kUnknown;
  if (*spread <= kStableSpread) return TimingNoise::kStable;
  return *spread <= kNoisySpread ? TimingNoise::kNoisy : TimingNoise::kUnusable;
}

std::string_view timing_noise_name(TimingNoise noise) {
  static constexpr std::array<std::string_view, 4> kNames{"", "stable", "noisy", "unusable"};
  return kNames[static_cast<size_t>(noise)];
}

}  // namespace skipbench
