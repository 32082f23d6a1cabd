#include "harness/tasks/sampling.h"

#include <cmath>
#include <limits>

#include "kernels/base/random.h"

namespace skipbench {

SampleRandom::SampleRandom(uint64_t seed, std::string_view subset, int64_t index)
    : engine_(
          mix_bits(mix_bits(fnv1a(subset, mix_bits(seed + 1))) + static_cast<uint64_t>(index))) {}

uint64_t SampleRandom::below(uint64_t bound) {
  // Values of the incomplete last interval are drawn again, so that none is more likely.
  const uint64_t limit = std::numeric_limits<uint64_t>::max() / bound * bound;
  uint64_t value = engine_();
  while (value >= limit) value = engine_();
  return value % bound;
}

double SampleRandom::share() {
  return static_cast<double>(engine_() >> 11) * 0x1p-53;
}

double spread_share(int64_t index) {
  constexpr double kGoldenRatio = 0.6180339887498949;
  const double value = 0.5 + kGoldenRatio * static_cast<double>(index);
  return value - std::floor(value);
}

}  // namespace skipbench
