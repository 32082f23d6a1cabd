#pragma once

#include <string>

#include "harness/run/plan.h"

namespace skipbench {

/// What --dry-run prints: models, cells with prompt lengths and sample counts, methods, and an
/// upper bound of the time at a rate measured now.
std::string describe_plan(const Plan& plan);

}  // namespace skipbench
