#include "harness/report/claims/verdict.h"

#include <algorithm>

namespace skipbench {

std::string_view verdict_name(ClaimVerdict verdict) {
  switch (verdict) {
    case ClaimVerdict::kReproduced:
      return "reproduced";
    case ClaimVerdict::kNotDistinguishable:
      return "not distinguishable";
    case ClaimVerdict::kContradicted:
      return "contradicted";
    case ClaimVerdict::kNotMeasured:
      return "not measured";
  }
  return "";
}

ClaimVerdict judge(const Condition& condition, const std::optional<Interval>& interval) {
  if (!interval) return ClaimVerdict::kNotDistinguishable;
  // A bound cuts the line in two: between two points on one side lie no others.
  const bool low = condition.holds(interval->low), high = condition.holds(interval->high);
  if (low != high) return ClaimVerdict::kNotDistinguishable;
  return low ? ClaimVerdict::kReproduced : ClaimVerdict::kContradicted;
}

ClaimVerdict judge_together(std::span<const ClaimVerdict> verdicts) {
  for (const ClaimVerdict decisive : {ClaimVerdict::kContradicted, ClaimVerdict::kNotMeasured,
                                      ClaimVerdict::kNotDistinguishable}) {
    if (std::find(verdicts.begin(), verdicts.end(), decisive) != verdicts.end()) return decisive;
  }
  return verdicts.empty() ? ClaimVerdict::kNotMeasured : ClaimVerdict::kReproduced;
}

}  // namespace skipbench
