#pragma once

#include <cstdint>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

namespace skipbench {

/// Random numbers of one sample: the same on every machine and compiler (the standard fixes its
/// engines but not its distributions, so those are our own).
class SampleRandom {
 public:
  /// Streams of different (seed, subset, index) are independent.
  SampleRandom(uint64_t seed, std::string_view subset, int64_t index);

  /// Uniform in [0, bound); `bound` is at least 1.
  uint64_t below(uint64_t bound);
  /// Uniform in [0, 1).
  double share();

  template <class T>
  void shuffle(std::vector<T>& items) {
    for (size_t left = items.size(); left > 1; --left) {
      std::swap(items[left - 1], items[below(left)]);
    }
  }

 private:
  std::mt19937_64 engine_;
};

/// The `index`-th of a sequence of shares in [0, 1) that covers the interval evenly wherever it is
/// stopped (golden-ratio sequence), so that more samples never move the earlier ones.
double spread_share(int64_t index);

}  // namespace skipbench
