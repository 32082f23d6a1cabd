#include "harness/tasks/sampling.h"

#include <cmath>
#include <limits>

namespace skipbench {
namespace {

// FNV-1a, continued from `hash`.
uint64_t hash_bytes(uint64_t hash, std::string_view bytes) {
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
  }
  return hash;
}

// The finaliser of splitmix64: every input bit changes every output bit.
uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

}  // namespace

SampleRandom::SampleRandom(uint64_t seed, std::string_view subset, int64_t index)
    : engine_(mix(mix(hash_bytes(mix(seed + 1), subset)) + static_cast<uint64_t>(index))) {}

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
