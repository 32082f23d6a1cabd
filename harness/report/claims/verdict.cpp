#include "harness/report/claims/verdict.h"

#include <algorithm>

namespace skipbench {

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kReproduced:
      return "reproduced";
    case Verdict::kNotDistinguishable:
      return "not distinguishable";
    case Verdict::kContradicted:
      return "contradicted";
    case Verdict::kNotMeasured:
      return "not measured";
  }
  return "";
}

Verdict judge(const Condition& condition, const std::optional<Interval>& interval) {
  if (!interval) return Verdict::kNotDistinguishable;
  // A bound cuts the line in two: between two points on one side lie no others.
  const bool low = condition.holds(interval->low), high = condition.holds(interval->high);
  if (low != high) return Verdict::kNotDistinguishable;
  return low ? Verdict::kReproduced : Verdict::kContradicted;
}

Verdict judge_together(std::span<const Verdict> verdicts) {
  for (const Verdict decisive :
       {Verdict::kContradicted, Verdict::kNotMeasured, Verdict::kNotDistinguishable}) {
    if (std::find(verdicts.begin(), verdicts.end(), decisive) != verdicts.end()) return decisive;
  }
  return verdicts.empty() ? Verdict::kNotMeasured : Verdict::kReproduced;
}

}  // namespace skipbench
