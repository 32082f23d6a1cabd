#pragma once

#include <string>

#include "harness/plan/plan.h"
#include "kernels/base/json.h"

namespace skipbench {

/// What another process needs to make the same plan: the experiment and the options, as they were
/// when it was made. Files are read again.
Json plan_message(const Plan& plan);

/// The plan of plan_message(). Throws InputError as make_plan() does, and when the plan is another
/// one than the message's: a file changed in between.
Plan plan_of_message(const Json& message);

}  // namespace skipbench
