#pragma once

#include <algorithm>

#include "harness/statistics/paired_difference.h"

namespace skipbench {

/// paired_difference() of scores. They lie between 0 and 100 points and differ by at most 100, so
/// the interval ends there.
inline PairedDifference score_difference(std::span<const PromptValues> tasks) {
  PairedDifference difference = paired_difference(tasks);
  if (difference.interval) {
    difference.interval = {std::max(difference.interval->low, -100.0),
                           std::min(difference.interval->high, 100.0)};
  }
  return difference;
}

}  // namespace skipbench
