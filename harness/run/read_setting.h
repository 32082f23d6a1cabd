#pragma once

#include <filesystem>

#include "harness/plan/plan.h"
#include "harness/search/bisection.h"

namespace skipbench {

/// What the database holds of the setting of a search at a factor, over the plan's tasks.
Probe read_setting(const Plan& plan, const PlannedSearch& search, double factor,
                   const std::filesystem::path& database);

}  // namespace skipbench
