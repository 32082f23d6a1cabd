#pragma once

#include <vector>

#include "harness/report/findings/phrases.h"
#include "harness/report/findings/pooled_tasks.h"

namespace skipbench {

/// The first answers of a page with several tasks: verdict_finding(), then for each kind of
/// accuracy which method is best over all of them, whether its difference to the baseline is real,
/// what it costs in time, and which other methods differ. Of labels that have all tasks; a kind
/// without two such is left out.
std::vector<Finding> pooled_findings(const PooledTasks& pooled);

}  // namespace skipbench
