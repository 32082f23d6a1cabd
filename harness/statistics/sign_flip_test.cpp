#include "harness/statistics/sign_flip_test.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "kernels/base/random.h"

namespace skipbench {
namespace {

constexpr int kEnoughHits = 1000;

/// What each prompt adds to the mean over tasks, without those that add nothing.
std::vector<double> contributions(std::span<const PromptValues> tasks) {
  std::vector<double> parts;
  for (const PromptValues& task : tasks) {
    for (const double value : prompt_means(task)) {
      if (value == 0) continue;
      parts.push_back(value / static_cast<double>(tasks.size() * task.prompts()));
    }
  }
  return parts;
}

/// Walks all sign patterns in Gray code's order: each differs from the last in one sign. The
/// patterns come in pairs of opposite sums, so the last prompt keeps its sign.
double exact_p_value(const std::vector<double>& parts, double threshold) {
  double sum = 0;
  for (const double part : parts) sum += part;
  std::vector<double> signed_parts = parts;
  const uint64_t patterns = uint64_t{1} << (parts.size() - 1);
  uint64_t hits = 0;
  for (uint64_t i = 1; i <= patterns; ++i) {
    hits += std::fabs(sum) >= threshold;
    if (i == patterns) break;
    double& flipped = signed_parts[static_cast<size_t>(std::countr_zero(i))];
    sum -= 2 * flipped;
    flipped = -flipped;
  }
  return static_cast<double>(hits) / static_cast<double>(patterns);
}

/// The sum under random signs, 64 of them from one random word.
double randomly_signed_sum(const std::vector<double>& parts, SplitMix64& random) {
  double sum = 0;
  for (size_t begin = 0; begin < parts.size(); begin += 64) {
    uint64_t bits = random.next();
    const size_t end = std::min(begin + 64, parts.size());
    for (size_t i = begin; i < end; ++i, bits >>= 1) {
      const uint64_t sign = bits << 63;
      sum += std::bit_cast<double>(std::bit_cast<uint64_t>(parts[i]) ^ sign);
    }
  }
  return sum;
}

double drawn_p_value(const std::vector<double>& parts, double threshold, uint64_t seed,
                     int resamples) {
  SplitMix64 random(seed);
  int hits = 0;
  for (int i = 1; i <= resamples; ++i) {
    hits += std::fabs(randomly_signed_sum(parts, random)) >= threshold;
    if (hits == kEnoughHits) return static_cast<double>(hits) / i;
  }
  return (hits + 1.0) / (resamples + 1.0);
}

double hoeffding_bound(const std::vector<double>& parts, double observed) {
  double squares = 0;
  for (const double part : parts) squares += part * part;
  return 2 * std::exp(-observed * observed / (2 * squares));
}

}  // namespace

PValue sign_flip_test(std::span<const PromptValues> tasks, uint64_t seed, int resamples) {
  const std::vector<double> parts = contributions(tasks);
  if (parts.empty()) return {1, true};
  double sum = 0, magnitude = 0;
  for (const double part : parts) {
    sum += part;
    magnitude += std::fabs(part);
  }
  // Patterns of equal sums must count as equal, whatever the order of their additions.
  const double threshold = std::fabs(sum) - 1e-12 * magnitude;
  if (static_cast<int64_t>(parts.size()) <= kExactPrompts) {
    return {exact_p_value(parts, threshold), true};
  }
  const double bound = hoeffding_bound(parts, sum);
  if (bound < 1.0 / (resamples + 1.0)) return {bound, false};
  return {drawn_p_value(parts, threshold, seed, resamples), false};
}

double smallest_p_value(int64_t prompts) {
  return prompts < 1 ? 1 : std::ldexp(2.0, -static_cast<int>(std::min<int64_t>(prompts, 1000)));
}

}  // namespace skipbench
