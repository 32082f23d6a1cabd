#pragma once

#include <vector>

#include "harness/report/findings/phrases.h"
#include "harness/report/judge/report_data.h"

namespace skipbench {

/// What the tasks say one by one, of ranked cells: which methods are best or as good as the best on
/// each of them; for every task with accuracies ranking_findings(); for every kind of timed task
/// the fastest method at the longest and at the shortest prompt, beside its ideal speed-up;
/// whether times hardly grow with the prompt, and whether the methods' budgets are unequal.
std::vector<Finding> findings_of(const ModelCells& model);

}  // namespace skipbench
