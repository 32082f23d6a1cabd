#pragma once

#include "harness/report/judge/report_data.h"

namespace skipbench {

/// Marks the settings that the experiment's searches tried and those that they chose, and notes how
/// each search ended, as the latest run that brought searches to an end has it. A search whose
/// settings left the plan is not told of.
void mark_searches(ExperimentData& experiment);

}  // namespace skipbench
