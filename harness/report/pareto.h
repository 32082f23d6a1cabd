#pragma once

#include <string_view>

#include "harness/report/report_data.h"

namespace skipbench {

/// Finds in every task the front of accuracy (the main metric's score, or the answer's loss where
/// there is none) against the speed-up of the time to first token. A label is dominated only by one
/// that is better in both; of equal ones none dominates the other. Dominated for certain means that
/// both 95% intervals, paired with the baseline, lie apart; otherwise the label is near the front.
/// Tasks with fewer than three labels that have both figures, on as many samples, have no front.
void find_fronts(ModelCells& model);

/// "", "dominated", "near", "front".
std::string_view front_name(Front front);

/// "", "", "□", "■": what tables show.
std::string_view front_mark(Front front);

}  // namespace skipbench
