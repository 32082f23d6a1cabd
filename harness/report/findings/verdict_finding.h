#pragma once

#include "harness/report/findings/phrases.h"
#include "harness/report/findings/pooled_tasks.h"

namespace skipbench {

/// Score and loss in one answer: which methods are shown to be worse than the baseline in neither,
/// in one or in both over all tasks, and the figures of the best of those that do least harm. By
/// tests corrected for the number of methods. Without text where not both are measured, or samples
/// are too few to tell.
Finding verdict_finding(const PooledTasks& pooled);

}  // namespace skipbench
