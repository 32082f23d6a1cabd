#pragma once

#include <string_view>

#include "harness/report/judge/report_data.h"

namespace skipbench {

/// Two figures of a method, of each of which more is better.
struct TradeOff {
  double accuracy = 0, economy = 0;
};

/// Pareto's dominance: at least as good in both and better in one. Of equal ones none dominates.
bool dominates(const TradeOff& a, const TradeOff& b);

/// Finds in every task the front of accuracy (the main metric's score, or the answer's loss where
/// there is none) against the speed-up of the time to first token: the labels that no other
/// dominates(). Dominated for certain means that both 95% intervals, paired with the baseline, lie
/// apart; otherwise the label is near the front.
/// Labels that are faster than their saved work allows (is_marked_too_fast()) stand outside. Tasks
/// with fewer than three labels that have both figures, on as many samples, or with too few samples
/// to tell (few_samples.h), have no front.
void find_fronts(ModelCells& model);

/// "", "dominated", "near", "front".
std::string_view front_name(Front front);

/// "", "", "□", "■": what tables show.
std::string_view front_mark(Front front);

}  // namespace skipbench
