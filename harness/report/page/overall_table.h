#pragma once

#include "harness/report/compare/pooled_tasks.h"
#include "harness/report/tables/document.h"

namespace skipbench {

/// What a model's tasks say together as a table: a method's mean score and loss, their paired
/// differences to the baseline, and its ideal and measured speed-up.
Table overall_table(const PooledTasks& pooled);

}  // namespace skipbench
