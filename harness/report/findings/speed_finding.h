#pragma once

#include <string>
#include <vector>

#include "harness/report/findings/ranking_finding.h"

namespace skipbench {

/// Which method is fastest to the first token, beside its ideal speed-up; several where their
/// speed-ups are shown alike: at the longest prompts of one kind of task and at the shortest. Each
/// list of cells is one task's.
std::vector<Finding> speed_findings(const std::vector<Cells>& subsets);

}  // namespace skipbench
