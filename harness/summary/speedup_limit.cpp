#include "harness/summary/speedup_limit.h"

#include <algorithm>

namespace skipbench {
namespace {

bool does_all_work(const Observation& row) {
  return !row.active && row.flops <= row.flops_full;
}

}  // namespace

std::optional<double> speedup_limit(const Pair& pair) {
  const Observation& row = *pair.method;
  if (!does_all_work(*pair.baseline) || row.flops <= 0) return std::nullopt;
  // What work is left.
  double least =
      std::min(1.0, static_cast<double>(row.flops) / static_cast<double>(row.flops_full));
  for (const double share : {row.attention_share, row.attention_pair_share, row.ffn_share}) {
    if (share <= 0) return std::nullopt;
    least = std::min(least, share);
  }
  return 1 / least;
}

bool is_too_fast(const CellSummary& summary) {
  return summary.speedup_ttft_low && summary.speedup_ttft_limit &&
         *summary.speedup_ttft_low > *summary.speedup_ttft_limit * (1 + kLimitTolerance);
}

}  // namespace skipbench
