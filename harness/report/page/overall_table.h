#pragma once

#include "harness/report/document.h"
#include "harness/report/page/pooled_tasks.h"

namespace skipbench {

/// What a model's tasks say together as a table: a method's mean score and loss, their paired
/// differences to the baseline, and what its saving promises and gives.
Table overall_table(const PooledTasks& pooled);

}  // namespace skipbench
