#pragma once

#include <cstdint>
#include <string_view>

namespace skipbench {

/// The finaliser of SplitMix64: every bit of the input changes every bit of the output.
constexpr uint64_t mix_bits(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

/// Random numbers that are the same on every machine: SplitMix64 (Steele, Lea and Flood, "Fast
/// splittable pseudorandom number generators", OOPSLA 2014).
class SplitMix64 {
 public:
  constexpr explicit SplitMix64(uint64_t seed) : state_(seed) {}

  constexpr uint64_t next() { return mix_bits(state_ += 0x9e3779b97f4a7c15); }

  /// Uniform in [0, bound) by Lemire's multiplication; the bias is below bound / 2^32.
  constexpr uint32_t below(uint32_t bound) {
    return static_cast<uint32_t>(((next() >> 32) * bound) >> 32);
  }

 private:
  uint64_t state_;
};

/// FNV-1a, 64 bits, continued from `hash`: makes a seed of a name.
constexpr uint64_t fnv1a(std::string_view text, uint64_t hash = 0xcbf29ce484222325) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace skipbench
