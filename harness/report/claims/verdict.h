#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "harness/report/claims/condition.h"
#include "harness/statistics/statistics.h"

namespace skipbench {

/// What measurements say of a claim. It follows from the 95% interval and the claim's bound alone,
/// and nothing else can set it.
enum class ClaimVerdict {
  kReproduced,          // the whole interval lies on the claim's side of the bound
  kNotDistinguishable,  // it holds values of both sides, or is not known
  kContradicted,        // the whole interval lies on the other side
  kNotMeasured,         // no figure: nobody measured it, or it is withheld
};

/// "reproduced", "not distinguishable", "contradicted", "not measured".
std::string_view verdict_name(ClaimVerdict verdict);

/// Of one condition; `interval` is empty where a figure was measured without one.
ClaimVerdict judge(const Condition& condition, const std::optional<Interval>& interval);

/// Of several that have to hold together: contradicted where one is, reproduced where all are; else
/// not measured where one is not, else not distinguishable.
ClaimVerdict judge_together(std::span<const ClaimVerdict> verdicts);

/// The rules above, for readers.
inline constexpr std::string_view kVerdictRules =
    "Verdicts follow from the 95% interval and the claim's bound alone. reproduced: the whole "
    "interval lies on the claim's side; contradicted: the whole interval lies on the other side; "
    "not distinguishable: it holds values of both, or is not known; not measured: there are no "
    "such cells, or their figures are withheld. Of several conditions one that is contradicted "
    "contradicts the claim, and all have to be reproduced. Counted figures (kv_ratio) have no "
    "spread: their interval is the figure. Nothing is corrected for the number of claims: of "
    "twenty whose truth lies on the bound, one is reproduced or contradicted by chance.";

}  // namespace skipbench
